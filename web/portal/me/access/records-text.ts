// What an access was about: titles or categories of the records, as far as they are known.
import type { TFunction } from 'i18next';
import type { MyAccess } from '../../../../rpc/schema/my-accesses.ts';
import { inSentence, listText, sentence } from '../../../shared/text/sentence.ts';

/** More of them are counted. */
const NAMED = 3;

export function recordsText(t: TFunction, records: MyAccess['records']): string {
  const names = records.map(({ title, category }) => {
    if (title !== null) return title;
    return category === null ? t('me.access.gone') : inSentence(t(`care.categories.${category}`));
  });
  const different = [...new Set(names)];
  if (different.length > NAMED) return t('me.access.records', { count: records.length });
  return different.length === 0 ? '' : sentence(listText(different));
}
