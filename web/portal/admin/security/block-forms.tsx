// Blocking and unblocking an address: what, how far it reaches, until when, with a reason and the second factor.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ParamsIn } from '../../../../rpc/schema/methods.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { Pick } from '../../parts/pick.tsx';
import classes from '../parts/admin.module.css';
import { NeedsFactor } from '../parts/needs-factor.tsx';
import { useFormAct } from '../parts/use-form-act.ts';
import security from './security.module.css';

type Reason = NonNullable<ParamsIn<'threat_block'>['reason']>;

const HOUR_MS = 3_600_000;
const LENGTHS = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 168 * HOUR_MS } as const;
const REASONS: readonly Reason[] = ['flood', 'scan', 'bruteforce', 'injection', 'bot', 'manual'];

export interface FormProps {
  readonly address: string;
  onDone(): void;
}

export function BlockForm({ address, onDone }: FormProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useFormAct();
  const state = useFormState();
  const [reason, setReason] = useState<Reason>();
  const [length, setLength] = useState<keyof typeof LENGTHS>();
  const [made, setMade] = useState<string>();
  if (made !== undefined) return <Done title={t('defence.blocked', { address })} status={made} onDone={onDone} />;
  const submit = async () => {
    const found: Mistake[] = [];
    if (reason === undefined) found.push({ field: 'block-reason', words: t('defence.reasonMissing') });
    if (length === undefined) found.push({ field: 'block-length', words: t('defence.lengthMissing') });
    if (reason === undefined || length === undefined) return found;
    return act(async () => {
      const { status } = await client.call('threat_block', { address, reason, forMs: LENGTHS[length] });
      setMade(t(`statuses.${status}.word`));
    });
  };
  const reasons = Object.fromEntries(REASONS.map((one) => [one, t(`defence.reasons.${one}`)]));
  return (
    <div className={classes.part}>
      <NeedsFactor />
      <Facts
        facts={[
          { label: t('defence.address'), value: <span className={security.address}>{address}</span> },
          { label: t('admin.reach'), value: t('defence.blockReach') },
        ]}
      />
      <Form state={state} onSubmit={submit} label={t('defence.blockTitle')}>
        <Pick<Reason>
          id="block-reason"
          label={t('defence.reason')}
          none={t('admin.choose')}
          value={reason}
          options={reasons as Record<Reason, string>}
          onChange={setReason}
          error={state.wrong('block-reason')}
        />
        <Pick<keyof typeof LENGTHS>
          id="block-length"
          label={t('defence.how')}
          none={t('admin.choose')}
          value={length}
          options={{
            hour: t('defence.lengths.hour'),
            day: t('defence.lengths.day'),
            week: t('defence.lengths.week'),
          }}
          onChange={setLength}
          error={state.wrong('block-length')}
        />
        <Buttons words={t('defence.blockSubmit')} busy={state.busy} onCancel={onDone} />
      </Form>
    </div>
  );
}

export function UnblockForm({ address, onDone }: FormProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useFormAct();
  const state = useFormState();
  const [made, setMade] = useState<string>();
  if (made !== undefined) return <Done title={t('defence.unblocked', { address })} status={made} onDone={onDone} />;
  const submit = () =>
    act(async () => {
      const { revoked } = await client.call('threat_unblock', { address });
      setMade(t(`statuses.${revoked.at(0)?.status ?? 'applied'}.word`));
    });
  return (
    <div className={classes.part}>
      <NeedsFactor />
      <Facts
        facts={[
          { label: t('defence.address'), value: <span className={security.address}>{address}</span> },
          { label: t('admin.reach'), value: t('defence.unblockReach') },
          { label: t('admin.for'), value: t('defence.unblockFor') },
        ]}
      />
      <Form state={state} onSubmit={submit} label={t('defence.unblockTitle')}>
        <Buttons words={t('defence.unblockSubmit')} busy={state.busy} onCancel={onDone} />
      </Form>
    </div>
  );
}

function Buttons({ words, busy, onCancel }: { words: string; busy: boolean; onCancel: () => void }) {
  const { t } = useTranslation();
  return (
    <Actions>
      <Button type="submit" size="md" loading={busy}>
        {words}
      </Button>
      <Button variant="default" size="md" onClick={onCancel}>
        {t('form.cancel')}
      </Button>
    </Actions>
  );
}

function Done({ title, status, onDone }: { title: string; status: string; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <Notice title={title}>
      <p>{t('defence.sent', { status })}</p>
      <Button variant="default" onClick={onDone}>
        {t('defence.find')}
      </Button>
    </Notice>
  );
}
