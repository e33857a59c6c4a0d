// The first step: who registers, as what, under which user name.
import { Button, Radio, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Role } from '../../../consensus/ledger/accounts/types.ts';
import type { Result } from '../../../rpc/schema/methods.ts';
import { DateField, isoDate, type TypedDate, typedDate } from '../../shared/form/date-field.tsx';
import { Actions, Form, type Mistake, useFormState } from '../../shared/form/form.tsx';
import { looksLikeMail } from '../../shared/form/mail-address.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import { useSession } from '../../shared/session/session-context.tsx';
import { FIRST_ROLE, RoleChoices } from '../parts/role-choices.tsx';
import { STAFF_ROLES } from '../parts/roles.ts';
import classes from './register.module.css';
import type { Registration } from './registration.ts';

export type Person = Pick<Registration, 'name' | 'asked' | 'profile'>;

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
  const [kind, setKind] = useState<'staff' | 'patient' | undefined>(
    value?.asked.kind ?? invited ?? (choices.length === 1 ? choices[0] : undefined),
  );
  const [roles, setRoles] = useState<readonly Role[]>(value?.asked.roles ?? invitation?.roles ?? []);
  const [given, setGiven] = useState(value?.profile.givenName ?? '');
  const [family, setFamily] = useState(value?.profile.familyName ?? '');
  const [born, setBorn] = useState<TypedDate>(typedDate(value?.profile.birthDate));
  const [email, setEmail] = useState(value?.profile.email ?? invitation?.email ?? '');
  const [name, setName] = useState(value?.name ?? invitation?.name ?? '');
  const submit = async () => {
    const birthDate = isoDate(born, nodeClock.now());
    const found: Mistake[] = [];
    if (kind === undefined) found.push({ field: 'kind', words: t('register.kindMissing') });
    if (kind === 'staff' && invited === undefined && roles.length === 0) {
      found.push({ field: FIRST_ROLE, words: t('register.rolesMissing') });
    }
    if (given.trim() === '' && family.trim() === '')
      found.push({ field: 'given-name', words: t('register.nameMissing') });
    if (birthDate === null) found.push({ field: 'birth-date', words: t('register.birthDateWrong') });
    if (email.trim() !== '' && !looksLikeMail(email.trim()))
      found.push({ field: 'email', words: t('register.emailWrong') });
    if (name.trim().length < 3) found.push({ field: 'user-name', words: t('register.userNameMissing') });
    if (found.length > 0 || kind === undefined) return found;
    onDone({
      name: name.trim(),
      asked: { kind, roles: kind === 'patient' ? ['patient'] : [...roles] },
      profile: {
        displayName: [given, family]
          .map((part) => part.trim())
          .filter((part) => part !== '')
          .join(' '),
        givenName: given.trim(),
        familyName: family.trim(),
        ...(typeof birthDate === 'string' ? { birthDate } : {}),
        ...(email.trim() === '' ? {} : { email: email.trim() }),
        language: i18n.language,
      },
    });
    return undefined;
  };
  return (
    <Form state={state} onSubmit={submit} label={t('register.title')}>
      {invited === undefined ? (
        <Radio.Group
          label={t('register.kind')}
          value={kind ?? ''}
          onChange={(one) => setKind(one as 'staff')}
          error={state.wrong('kind')}
        >
          <div className={classes.choices}>
            {choices.map((one, place) => (
              <Radio
                key={one}
                id={place === 0 ? 'kind' : undefined}
                value={one}
                label={t(`register.${one}`)}
                size="md"
              />
            ))}
          </div>
        </Radio.Group>
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
