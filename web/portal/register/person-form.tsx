// The first step: who registers, as what, under which user name.
import { Button, Radio, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Role } from '../../../consensus/ledger/accounts/types.ts';
import type { Result } from '../../../rpc/schema/methods.ts';
import { DateField, type TypedDate, typedDate } from '../../shared/form/date-field.tsx';
import { Actions, Form, type Mistake, useFormState } from '../../shared/form/form.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { useSession } from '../../shared/session/session-context.tsx';
import { FIRST_ROLE, RoleChoices } from '../parts/role-choices.tsx';
import { STAFF_ROLES } from '../parts/roles.ts';
import { type Person, personOf } from './person-of.ts';
import classes from './register.module.css';

type Kind = 'staff' | 'patient';

export interface PersonFormProps {
  readonly invitation: Result<'account_invitation'> | undefined;
  readonly value: Person | undefined;
  /** What the clinic found wrong the last time. */
  readonly mistakes: readonly Mistake[];
  onDone(person: Person): void;
}

export function PersonForm({ invitation, value, mistakes, onDone }: PersonFormProps) {
  const { t, i18n } = useTranslation();
  const { nodeClock } = useNode();
  const { current } = useSession();
  const offered = current?.registration;
  const state = useFormState(mistakes);
  const choices = (['staff', 'patient'] as const).filter(
    (one) => offered?.[one === 'staff' ? 'staff' : 'patients'] === true,
  );
  const invited = invitation === undefined ? undefined : invitation.kind === 'patient' ? 'patient' : 'staff';
  const [kind, setKind] = useState<Kind | undefined>(
    value?.asked.kind ?? invited ?? (choices.length === 1 ? choices[0] : undefined),
  );
  const [roles, setRoles] = useState<readonly Role[]>(value?.asked.roles ?? invitation?.roles ?? []);
  const [given, setGiven] = useState(value?.profile.givenName ?? '');
  const [family, setFamily] = useState(value?.profile.familyName ?? '');
  const [born, setBorn] = useState<TypedDate>(typedDate(value?.profile.birthDate));
  const [email, setEmail] = useState(value?.profile.email ?? invitation?.email ?? '');
  const [name, setName] = useState(value?.name ?? invitation?.name ?? '');
  const submit = async () => {
    const typed = { kind, roles, given, family, born, email, name };
    const options = { invited: invited !== undefined, language: i18n.language, now: nodeClock.now() };
    const made = personOf(typed, options, t);
    if (!('profile' in made)) return made;
    onDone(made);
    return undefined;
  };
  return (
    <Form state={state} onSubmit={submit} label={t('register.title')}>
      {invited === undefined ? (
        <KindChoice offered={choices} value={kind} onChange={setKind} error={state.wrong('kind')} />
      ) : (
        <p className={classes.text}>
          {t('register.invitedAs', { roles: (invitation?.roles ?? []).map((role) => t(`roles.${role}`)).join(', ') })}
        </p>
      )}
      {kind === 'staff' && invited === undefined ? (
        <RoleChoices
          label={t('register.roles')}
          offered={STAFF_ROLES}
          value={roles}
          onChange={setRoles}
          error={state.wrong(FIRST_ROLE)}
        />
      ) : null}
      <TextInput
        id="given-name"
        label={t('profile.givenName')}
        value={given}
        onChange={(event) => setGiven(event.currentTarget.value)}
        error={state.wrong('given-name')}
        autoComplete="given-name"
        maxLength={100}
        size="md"
      />
      <TextInput
        id="family-name"
        label={t('profile.familyName')}
        value={family}
        onChange={(event) => setFamily(event.currentTarget.value)}
        autoComplete="family-name"
        maxLength={100}
        size="md"
      />
      {kind === 'patient' ? (
        <DateField
          id="birth-date"
          label={t('profile.birthDateOptional')}
          value={born}
          onChange={setBorn}
          error={state.wrong('birth-date')}
        />
      ) : null}
      <TextInput
        id="email"
        label={t('profile.emailOptional')}
        description={t('register.emailHint')}
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={state.wrong('email')}
        type="email"
        autoComplete="email"
        maxLength={254}
        size="md"
      />
      <TextInput
        id="user-name"
        label={t('signIn.name')}
        description={t('register.userNameHint')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={state.wrong('user-name')}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={64}
        size="md"
      />
      <Actions>
        <Button type="submit" size="md">
          {t('form.continue')}
        </Button>
      </Actions>
    </Form>
  );
}

interface KindChoiceProps {
  readonly offered: readonly Kind[];
  readonly value: Kind | undefined;
  readonly error: string | undefined;
  onChange(kind: Kind): void;
}

function KindChoice({ offered, value, error, onChange }: KindChoiceProps) {
  const { t } = useTranslation();
  return (
    <Radio.Group label={t('register.kind')} value={value ?? ''} onChange={(one) => onChange(one as Kind)} error={error}>
      <div className={classes.choices}>
        {offered.map((one, place) => (
          <Radio key={one} id={place === 0 ? 'kind' : undefined} value={one} label={t(`register.${one}`)} size="md" />
        ))}
      </div>
    </Radio.Group>
  );
}
