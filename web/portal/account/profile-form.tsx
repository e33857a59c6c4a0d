// Changes of the own profile: sends what differs, and says what has to wait.
import { Button, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProfileView } from '../../../rpc/schema/people.ts';
import { DateField, isoDate, typedDate } from '../../shared/form/date-field.tsx';
import { Actions, Form, type Mistake, useFormState } from '../../shared/form/form.tsx';
import { looksLikeMail } from '../../shared/form/mail-address.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import { useFreshFactor } from '../../shared/session/fresh-factor.tsx';
import { failureText } from '../../shared/text/errors.ts';

const TEXTS = ['title', 'givenName', 'familyName', 'displayName', 'email', 'phone'] as const;
type TextName = (typeof TEXTS)[number];
const COMPLETE: Record<TextName, string> = {
  title: 'honorific-prefix',
  givenName: 'given-name',
  familyName: 'family-name',
  displayName: 'name',
  email: 'email',
  phone: 'tel',
};
/** May be taken away; the others are always there. */
const OPTIONAL: readonly TextName[] = ['title', 'email', 'phone'];

export interface ProfileFormProps {
  readonly profile: ProfileView;
  /** What became of the change; undefined when another attempt begins. This form is gone by then: the profile is another. */
  onDone(words: string | undefined): void;
}

export function ProfileForm({ profile, onDone }: ProfileFormProps) {
  const { t } = useTranslation();
  const { client, nodeClock } = useNode();
  const fresh = useFreshFactor();
  const queries = useQueryClient();
  const state = useFormState();
  const [texts, setTexts] = useState(() => textsOf(profile));
  const [born, setBorn] = useState(typedDate(profile.birthDate));
  const submit = async () => {
    onDone(undefined);
    const birthDate = isoDate(born, nodeClock.now());
    const found: Mistake[] = [];
    if (texts.displayName === '') found.push({ field: 'displayName', words: t('profile.nameMissing') });
    if (texts.email !== '' && !looksLikeMail(texts.email))
      found.push({ field: 'email', words: t('register.emailWrong') });
    if (birthDate === null) found.push({ field: 'birthDate', words: t('register.birthDateWrong') });
    if (found.length > 0 || birthDate === null) return found;
    const change = {
      ...changedTexts(texts, textsOf(profile)),
      ...(birthDate === profile.birthDate ? {} : { birthDate: birthDate ?? null }),
    };
    if (Object.keys(change).length === 0) return [{ words: t('profile.nothing') }];
    try {
      const { changes } = await fresh(() => client.call('account_profileChange', { profile: change }));
      onDone(t(changes.length > 0 ? 'profile.waits' : 'profile.saved'));
      await queries.invalidateQueries({ queryKey: ['me'] });
      return undefined;
    } catch (error) {
      return [{ words: failureText(error) }];
    }
  };
  return (
    <Form state={state} onSubmit={submit} label={t('account.profile')}>
      {TEXTS.map((name) => (
        <TextInput
          key={name}
          id={name}
          label={t(OPTIONAL.includes(name) ? 'profile.optional' : 'profile.plain', { name: t(`profile.${name}`) })}
          value={texts[name]}
          onChange={(event) => setTexts({ ...texts, [name]: event.currentTarget.value })}
          error={state.wrong(name)}
          autoComplete={COMPLETE[name]}
          type={name === 'email' ? 'email' : 'text'}
          maxLength={200}
          size="md"
        />
      ))}
      <DateField
        id="birthDate"
        label={t('profile.birthDateOptional')}
        value={born}
        onChange={setBorn}
        error={state.wrong('birthDate')}
      />
      <Actions>
        <Button type="submit" loading={state.busy}>
          {t('profile.save')}
        </Button>
      </Actions>
    </Form>
  );
}

function textsOf(profile: ProfileView): Record<TextName, string> {
  const { title = '', givenName, familyName, displayName, email = '', phone = '' } = profile;
  return { title, givenName, familyName, displayName, email, phone };
}

function changedTexts(now: Record<TextName, string>, before: Record<TextName, string>) {
  const changed = TEXTS.filter((name) => now[name].trim() !== before[name]);
  return Object.fromEntries(
    changed.map((name) => [name, now[name].trim() === '' && OPTIONAL.includes(name) ? null : now[name].trim()]),
  );
}
