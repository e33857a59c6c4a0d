// What patients read of persons, categories and purposes, inside of sentences.
import type { TFunction } from 'i18next';
import type { MyRecord, MyShare } from '../../../../rpc/schema/me.ts';
import type { MyAccess } from '../../../../rpc/schema/my-accesses.ts';
import { inSentence, listText } from '../../../shared/text/sentence.ts';

type Who = NonNullable<MyAccess['who']>;
type Place = Pick<MyAccess, 'clinic' | 'clinicName'>;

export function placeName(t: TFunction, { clinic, clinicName }: Place): string {
  return clinicName ?? t('admin.clinic', { number: clinic });
}

/** A name, or the role where this organisation does not know the person; the clinic where it was none. */
export function personName(t: TFunction, who: Who | null, place: Place): string {
  if (who === null) return placeName(t, place);
  if (who.name !== null) return who.name;
  return who.role === null ? t('me.somebody') : t('me.someone', { role: inSentence(t(`roles.${who.role}`)) });
}

export function categoryNames(t: TFunction, categories: readonly MyRecord['category'][]): string {
  return listText(categories.map((category) => inSentence(t(`care.categories.${category}`))));
}

export function whyText(t: TFunction, purposes: MyShare['purposes']): string {
  return listText(purposes.map((purpose) => t(`me.why.${purpose}`)));
}

export function sharedWithText(t: TFunction, { with: to }: Pick<MyShare, 'with'>): string {
  const place = to.clinic === null ? undefined : placeName(t, { clinic: to.clinic, clinicName: to.clinicName });
  switch (to.kind) {
    case 'person':
      return (
        to.name ?? (to.role === null ? t('me.somebody') : t('me.someone', { role: inSentence(t(`roles.${to.role}`)) }))
      );
    case 'role':
      return to.role === null
        ? t('me.somebody')
        : t('me.sharing.role', { role: t(`roles.${to.role}`), place: place ?? t('me.sharing.anyClinic') });
    case 'clinic':
      return t('me.sharing.clinic', { place: place ?? '' });
    case 'organisation':
      return t('me.sharing.organisation', { number: to.organisation ?? '' });
    default:
      return to.name ?? t('me.sharing.application');
  }
}
