// What a record is called: its title, else its kind. What stands in the vault is sealed until the vault is open.
import type { TFunction } from 'i18next';
import type { MyRecord } from '../../../../rpc/schema/me.ts';
import { texts } from '../../../shared/text/i18n.ts';

export function recordTitle(t: TFunction, { title, kind }: Pick<MyRecord, 'title' | 'kind'>): string {
  if (title !== null && title !== '') return title;
  if (kind === null) return t('me.records.sealed');
  return kindName(t, kind);
}

/** A FHIR type in plain words; one that these pages do not know as it stands. */
export function kindName(t: TFunction, kind: string): string {
  const key = `care.kinds.${kind}`;
  // types are not known when the catalogue is typed
  return texts.exists(key) ? (t as (key: string) => string)(key) : kind;
}
