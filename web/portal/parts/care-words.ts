// Codes that the node gives with accesses, in words. A code that these pages do not know stands as it is.
import type { TFunction } from 'i18next';
import { texts } from '../../shared/text/i18n.ts';

type Group = 'actions' | 'purposes' | 'reasons';

export function careWord(t: TFunction, group: Group, code: string): string {
  const key = `care.${group}.${code}`;
  // codes are not known when the catalogue is typed
  return texts.exists(key) ? (t as (key: string) => string)(key) : code;
}
