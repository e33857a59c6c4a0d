// Approve, with roles and their end where somebody registers; or refuse, with the reason that the person is told.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Role } from '../../../../consensus/ledger/accounts/types.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { FIRST_ROLE, RoleChoices } from '../../parts/role-choices.tsx';
import { ROLES } from '../../parts/roles.ts';
import { typedDay, untilOf, YEAR_MS } from '../../parts/until.ts';
import { UntilField } from '../../parts/until-field.tsx';
import { ReasonField } from '../parts/reason-field.tsx';
import { useFormAct } from '../parts/use-form-act.ts';
import type { Approval } from './change-words.ts';

export type Decision = 'approve' | 'refuse';

export function DecideForm({ approval, onDone }: { approval: Approval; onDone(decision: Decision): void }) {
  const { t } = useTranslation();
  const { client, nodeClock } = useNode();
  const act = useFormAct();
  const state = useFormState();
  const registers = approval.kind === 'registration';
  const [roles, setRoles] = useState<readonly Role[]>(approval.asked);
  const [day, setDay] = useState(() => typedDay(nodeClock.now() + YEAR_MS));
  const [reason, setReason] = useState('');
  const send = (decision: Decision, given?: { role: Role; until: number }[]) =>
    act(async () => {
      await client.call('admin_decide', {
        ...{ approval: approval.id, decision, reason: reason.trim() },
        ...(given === undefined ? {} : { roles: given }),
      });
      onDone(decision);
    });
  const approve = async () => {
    if (!registers) return send('approve');
    const until = untilOf(day, nodeClock.now());
    const found: Mistake[] = [];
    if (roles.length === 0) found.push({ field: FIRST_ROLE, words: t('admin.rolesMissing') });
    if (until === undefined) found.push({ field: 'roles-until', words: t('admin.untilWrong') });
    if (found.length > 0 || until === undefined) return found;
    return send(
      'approve',
      roles.map((role) => ({ role, until })),
    );
  };
  const refuse = async () => {
    if (reason.trim() === '') return [{ field: 'decision-reason', words: t('admin.approvals.refuseReason') }];
    return send('refuse');
  };
  return (
    <Form state={state} onSubmit={approve} label={t('admin.approvals.decision')}>
      {registers ? (
        <>
          <RoleChoices
            label={t('admin.rolesGiven')}
            offered={ROLES}
            value={roles}
            onChange={setRoles}
            error={state.wrong(FIRST_ROLE)}
          />
          <UntilField
            id="roles-until"
            label={t('admin.rolesUntil')}
            value={day}
            onChange={setDay}
            error={state.wrong('roles-until')}
          />
        </>
      ) : null}
      <ReasonField
        id="decision-reason"
        hint={t('admin.approvals.reasonHint')}
        value={reason}
        onChange={setReason}
        error={state.wrong('decision-reason')}
      />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('admin.approvals.approve')}
        </Button>
        <Button variant="default" size="md" onClick={() => void state.submit(refuse)}>
          {t('admin.approvals.refuse')}
        </Button>
      </Actions>
    </Form>
  );
}
