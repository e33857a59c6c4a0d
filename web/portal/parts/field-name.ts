// What the fields of a profile are called.
import type { TFunction } from 'i18next';

const FIELDS = [
  'displayName',
  'givenName',
  'familyName',
  'title',
  'birthDate',
  'email',
  'phone',
  'language',
  'photo',
] as const;

export function fieldName(t: TFunction, field: string): string {
  const known = FIELDS.find((one) => one === field);
  return known === undefined ? field : t(`profile.${known}`);
}
