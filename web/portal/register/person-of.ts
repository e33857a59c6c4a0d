// What the first step of registering was typed: the person that it makes, or the fields that are wrong. No page in here.
import type { TFunction } from 'i18next';
import type { Role } from '../../../consensus/ledger/accounts/types.ts';
import { isoDate, type TypedDate } from '../../shared/form/date-field.tsx';
import type { Mistake } from '../../shared/form/form.tsx';
import { looksLikeMail } from '../../shared/form/mail-address.ts';
import { FIRST_ROLE } from '../parts/role-choices.tsx';
import type { Registration } from './registration.ts';

const SHORTEST_NAME = 3;

export type Person = Pick<Registration, 'name' | 'asked' | 'profile'>;

export interface TypedPerson {
  readonly kind: 'staff' | 'patient' | undefined;
  readonly roles: readonly Role[];
  readonly given: string;
  readonly family: string;
  readonly born: TypedDate;
  readonly email: string;
  readonly name: string;
}

export interface PersonOptions {
  /** By a link, which says the roles. */
  readonly invited: boolean;
  /** BCP 47. */
  readonly language: string;
  /** ms since 1970. */
  readonly now: number;
}

/** One mistake a field, in the order of the page. */
export function personOf(typed: TypedPerson, options: PersonOptions, t: TFunction): Person | readonly Mistake[] {
  const { kind, roles } = typed;
  const [given, family, email, name] = [typed.given, typed.family, typed.email, typed.name].map((text) => text.trim());
  const birthDate = isoDate(typed.born, options.now);
  const found: Mistake[] = [];
  if (kind === undefined) found.push({ field: 'kind', words: t('register.kindMissing') });
  if (kind === 'staff' && !options.invited && roles.length === 0) {
    found.push({ field: FIRST_ROLE, words: t('register.rolesMissing') });
  }
  if (given === '' && family === '') found.push({ field: 'given-name', words: t('register.nameMissing') });
  if (birthDate === null) found.push({ field: 'birth-date', words: t('register.birthDateWrong') });
  if (email !== '' && !looksLikeMail(email)) found.push({ field: 'email', words: t('register.emailWrong') });
  if (name.length < SHORTEST_NAME) found.push({ field: 'user-name', words: t('register.userNameMissing') });
  if (found.length > 0 || kind === undefined) return found;
  return {
    name,
    asked: { kind, roles: kind === 'patient' ? ['patient'] : [...roles] },
    profile: {
      displayName: [given, family].filter((part) => part !== '').join(' '),
      givenName: given,
      familyName: family,
      ...(typeof birthDate === 'string' ? { birthDate } : {}),
      ...(email === '' ? {} : { email }),
      language: options.language,
    },
  };
}
