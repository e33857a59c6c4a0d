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
import classes from './status-tag.module.css';

export type Status = StatementStatus | BlockSummary['status'];

const LOOKS = {
  queued: { word: 'Queued', Icon: IconCircleDashed },
  pending: { word: 'Pending', Icon: IconCircle },
  applied: { word: 'Applied', Icon: IconCircleHalf2 },
  final: { word: 'Final', Icon: IconCircleCheckFilled },
  refused: { word: 'Refused', Icon: IconAlertOctagon },
  replaced: { word: 'Replaced', Icon: IconArrowsSplit2 },
} as const satisfies Record<Status, unknown>;

/** What each status means, in a sentence. */
export const STATUS_MEANING: Readonly<Record<Status, string>> = {
  queued: "Safe on this clinic's disk, not sent yet.",
  pending: 'Sent, in no block yet.',
  applied: 'In a block. Until the block is final it may still move.',
  final: 'Certified by more than two thirds of the members. It cannot change any more.',
  refused: 'It did not happen.',
  replaced: 'Left behind: the network went on with another block at this height.',
};

export function StatusTag({ status, note }: { status: Status; note?: string }) {
  const { word, Icon } = LOOKS[status];
  return (
    <span className={classes.tag} data-status={status}>
      <Icon size={16} aria-hidden />
      {word}
      {note === undefined ? null : <span className={classes.note}>({note})</span>}
    </span>
  );
}
