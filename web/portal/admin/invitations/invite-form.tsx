// Whom to invite, as what, until when.
import { Button, Radio, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Role } from '../../../../consensus/ledger/accounts/types.ts';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { looksLikeMail } from '../../../shared/form/mail-address.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { FIRST_ROLE, RoleChoices } from '../../parts/role-choices.tsx';
import { STAFF_ROLES } from '../../parts/roles.ts';
import { typedDay, untilOf, YEAR_MS } from '../../parts/until.ts';
import { UntilField } from '../../parts/until-field.tsx';
import classes from '../parts/admin.module.css';
import { useFormAct } from '../parts/use-form-act.ts';

export function InviteForm({ onMade }: { onMade(made: Result<'admin_invite'>): void }) {
  const { t } = useTranslation();
  const { client, nodeClock } = useNode();
  const act = useFormAct();
  const state = useFormState();
  const [kind, setKind] = useState<'staff' | 'patient'>('staff');
  const [chosen, setChosen] = useState<readonly Role[]>([]);
  const [day, setDay] = useState(() => typedDay(nodeClock.now() + YEAR_MS));
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const submit = async () => {
    const roles: Role[] = kind === 'patient' ? ['patient'] : [...chosen];
    const until = untilOf(day, nodeClock.now());
    const found: Mistake[] = [];
    if (roles.length === 0) found.push({ field: FIRST_ROLE, words: t('admin.rolesMissing') });
    if (until === undefined) found.push({ field: 'invite-until', words: t('admin.untilWrong') });
    if (email.trim() !== '' && !looksLikeMail(email.trim())) {
      found.push({ field: 'invite-email', words: t('register.emailWrong') });
    }
    if (found.length > 0 || until === undefined) return found;
    return act(async () => {
      onMade(
        await client.call('admin_invite', {
          ...{ kind, roles, until },
          ...(name.trim() === '' ? {} : { name: name.trim() }),
          ...(email.trim() === '' ? {} : { email: email.trim() }),
        }),
      );
    });
  };
  return (
    <Form state={state} onSubmit={submit} label={t('admin.invitations.invite')}>
      <Radio.Group
        size="md"
        label={t('admin.invitations.kind')}
        value={kind}
        onChange={(one) => setKind(one as 'staff')}
      >
        <div className={classes.choices}>
          <Radio value="staff" label={t('admin.invitations.staff')} size="md" />
          <Radio value="patient" label={t('admin.invitations.patient')} size="md" />
        </div>
      </Radio.Group>
      {kind === 'patient' ? null : (
        <RoleChoices
          label={t('admin.rolesGiven')}
          offered={STAFF_ROLES}
          value={chosen}
          onChange={setChosen}
          error={state.wrong(FIRST_ROLE)}
        />
      )}
      <UntilField
        id="invite-until"
        label={t('admin.rolesUntil')}
        value={day}
        onChange={setDay}
        error={state.wrong('invite-until')}
      />
      <TextInput
        id="invite-name"
        label={t('admin.invitations.name')}
        description={t('admin.invitations.nameHint')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={200}
        autoComplete="off"
        size="md"
      />
      <TextInput
        id="invite-email"
        label={t('profile.emailOptional')}
        description={t('admin.invitations.emailHint')}
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={state.wrong('invite-email')}
        type="email"
        maxLength={254}
        autoComplete="off"
        size="md"
      />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('admin.invitations.make')}
        </Button>
      </Actions>
    </Form>
  );
}
