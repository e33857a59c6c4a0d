// The five statuses, the same everywhere: colour, icon and word together. Also blocks that were left behind.
import {
  IconAlertOctagon,
  IconArrowsSplit2,
  IconCircle,
  IconCircleCheckFilled,
  IconCircleDashed,
  IconCircleHalf2,
} from '@tabler/icons-react';
import type { BlockSummary } from '../../../rpc/schema/chain.ts';
import type { StatementStatus } from '../../../rpc/schema/shapes.ts';
import { texts } from '../text/i18n.ts';
import classes from './status-tag.module.css';

export type Status = StatementStatus | BlockSummary['status'];

const ICONS = {
  queued: IconCircleDashed,
  pending: IconCircle,
  applied: IconCircleHalf2,
  final: IconCircleCheckFilled,
  refused: IconAlertOctagon,
  replaced: IconArrowsSplit2,
} as const satisfies Record<Status, unknown>;

/** In a sentence. */
export function statusMeaning(status: Status): string {
  return texts.t(`statuses.${status}.meaning`);
}

export function StatusTag({ status, note }: { status: Status; note?: string }) {
  const Icon = ICONS[status];
  return (
    <span className={classes.tag} data-status={status}>
      <Icon size={16} aria-hidden />
      {texts.t(`statuses.${status}.word`)}
      {note === undefined ? null : <span className={classes.note}>({note})</span>}
    </span>
  );
}
