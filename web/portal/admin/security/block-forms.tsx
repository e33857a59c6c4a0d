// What an administrator says of an address: block it, take the own reports back, dispute those of others.
import { useTranslation } from 'react-i18next';
import type { StatementStatus } from '../../../../rpc/schema/shapes.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { ActForm, optionsOf, useChoice } from './act-form.tsx';
import classes from './security.module.css';

const HOUR_MS = 3_600_000;
const REASONS = ['flood', 'scan', 'bruteforce', 'injection', 'bot', 'manual'] as const;
const UNBLOCK_REASONS = ['resolved', 'mistake', 'appeal', 'policy'] as const;
const DISPUTE_REASONS = ['not-hostile', 'shared-address', 'never-block'] as const;
const LENGTHS = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 168 * HOUR_MS } as const;

export interface FormProps {
  readonly address: string;
  onDone(): void;
}

export function BlockForm({ address, onDone }: FormProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const said = useSaid();
  const [reasons, reason] = useChoice<(typeof REASONS)[number]>({
    ...{ id: 'block-reason', label: t('defence.reason'), missing: t('defence.reasonMissing') },
    options: optionsOf(REASONS, (one) => t(`defence.reasons.${one}`)),
  });
  const [lengths, length] = useChoice<keyof typeof LENGTHS>({
    ...{ id: 'block-length', label: t('defence.how'), missing: t('defence.lengthMissing') },
    options: optionsOf(['hour', 'day', 'week'], (one) => t(`defence.lengths.${one}`)),
  });
  return (
    <ActForm
      title={t('defence.blockTitle')}
      facts={[useAbout(address), { label: t('admin.reach'), value: t('defence.blockReach') }]}
      choices={[reasons, lengths]}
      submit={t('defence.blockSubmit')}
      doneTitle={t('defence.blocked', { address })}
      act={async () => said([await client.call('threat_block', { address, reason, forMs: LENGTHS[length] })])}
      back={t('defence.find')}
      onDone={onDone}
    />
  );
}

export function UnblockForm({ address, onDone }: FormProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const said = useSaid();
  const [reasons, reason] = useChoice<(typeof UNBLOCK_REASONS)[number]>({
    ...{ id: 'unblock-reason', label: t('defence.reason'), missing: t('defence.reasonMissing') },
    options: optionsOf(UNBLOCK_REASONS, (one) => t(`defence.unblockReasons.${one}`)),
  });
  return (
    <ActForm
      title={t('defence.unblockTitle')}
      facts={[
        useAbout(address),
        { label: t('admin.reach'), value: t('defence.unblockReach') },
        { label: t('admin.for'), value: t('defence.unblockFor') },
      ]}
      choices={[reasons]}
      submit={t('defence.unblockSubmit')}
      doneTitle={t('defence.unblocked', { address })}
      act={async () => said((await client.call('threat_unblock', { address, reason })).revoked)}
      back={t('defence.find')}
      onDone={onDone}
    />
  );
}

export function DisputeForm({ address, onDone }: FormProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const said = useSaid();
  const [reasons, reason] = useChoice<(typeof DISPUTE_REASONS)[number]>({
    ...{ id: 'dispute-reason', label: t('defence.reason'), missing: t('defence.reasonMissing') },
    options: optionsOf(DISPUTE_REASONS, (one) => t(`defence.disputeReasons.${one}`)),
  });
  return (
    <ActForm
      title={t('defence.disputeTitle')}
      facts={[
        useAbout(address),
        { label: t('admin.reach'), value: t('defence.disputeReach') },
        { label: t('admin.for'), value: t('defence.disputeFor') },
      ]}
      choices={[reasons]}
      submit={t('defence.disputeSubmit')}
      doneTitle={t('defence.disputed', { address })}
      act={async () => said((await client.call('threat_dispute', { address, reason })).disputed)}
      back={t('defence.find')}
      onDone={onDone}
    />
  );
}

function useAbout(address: string) {
  const { t } = useTranslation();
  return { label: t('defence.address'), value: <span className={classes.address}>{address}</span> };
}

/** How far it has come; what changed nothing has. */
function useSaid(): (written: readonly { readonly status: StatementStatus }[]) => string {
  const { t } = useTranslation();
  return (written) => t('defence.sent', { status: t(`statuses.${written.at(0)?.status ?? 'applied'}.word`) });
}
