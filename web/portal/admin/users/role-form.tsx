// Gives a role at this clinic until a day, or ends one now.
import { Button, Radio } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Role } from '../../../../consensus/ledger/accounts/types.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { Said } from '../../../shared/form/said.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { Pick } from '../../parts/pick.tsx';
import { ROLES } from '../../parts/roles.ts';
import { typedDay, untilOf, YEAR_MS } from '../../parts/until.ts';
import { UntilField } from '../../parts/until-field.tsx';
import classes from '../parts/admin.module.css';
import { ReasonField } from '../parts/reason-field.tsx';
import { useFollow } from '../parts/use-follow.ts';
import { useFormAct } from '../parts/use-form-act.ts';

export function RoleForm({ user }: { user: string }) {
  const { t } = useTranslation();
  const { client, nodeClock } = useNode();
  const act = useFormAct();
  const follow = useFollow();
  const state = useFormState();
  const [role, setRole] = useState<Role>();
  const [what, setWhat] = useState<'until' | 'end'>('until');
  const [day, setDay] = useState(() => typedDay(nodeClock.now() + YEAR_MS));
  const [reason, setReason] = useState('');
  const [done, setDone] = useState<string>();
  const submit = async () => {
    setDone(undefined);
    const until = what === 'end' ? null : untilOf(day, nodeClock.now());
    const found: Mistake[] = [];
    if (role === undefined) found.push({ field: 'role', words: t('admin.user.roleMissing') });
    if (until === undefined) found.push({ field: 'role-until', words: t('admin.untilWrong') });
    if (reason.trim() === '') found.push({ field: 'role-reason', words: t('admin.reasonMissing') });
    if (found.length > 0 || role === undefined || until === undefined) return found;
    return act(async () => {
      const { statement } = await client.call('admin_setRole', { user, role, until, reason: reason.trim() });
      setDone(t('admin.sent', { status: t(`admin.reached.${statement.status}`) }));
      setReason('');
      follow(statement);
    });
  };
  return (
    <Form state={state} onSubmit={submit} label={t('admin.user.giveRole')}>
      <Pick<Role>
        id="role"
        label={t('admin.role')}
        none={t('admin.choose')}
        value={role}
        options={Object.fromEntries(ROLES.map((one) => [one, t(`roles.${one}`)])) as Record<Role, string>}
        onChange={setRole}
        error={state.wrong('role')}
      />
      <Radio.Group size="md" label={t('admin.user.what')} value={what} onChange={(one) => setWhat(one as 'until')}>
        <div className={classes.choices}>
          <Radio value="until" label={t('admin.user.untilDay')} size="md" />
          <Radio value="end" label={t('admin.user.endNow')} size="md" />
        </div>
      </Radio.Group>
      {what === 'end' ? null : (
        <UntilField
          id="role-until"
          label={t('admin.until')}
          value={day}
          onChange={setDay}
          error={state.wrong('role-until')}
        />
      )}
      <ReasonField
        id="role-reason"
        hint={t('admin.reasonHint')}
        value={reason}
        onChange={setReason}
        error={state.wrong('role-reason')}
      />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t(what === 'end' ? 'admin.user.endRole' : 'admin.user.give')}
        </Button>
      </Actions>
      <Said said={done === undefined ? undefined : { words: done, failed: false }} />
    </Form>
  );
}
