// How staff see who a patient is: "FAMILY, Given (Title)", "14-Jul-1945 (81y)", what is missing as not known.
import type { TFunction } from 'i18next';
import type { PatientCardView } from '../../../../rpc/schema/patient-search.ts';

type Named = Pick<PatientCardView, 'family' | 'given' | 'title'>;

/** Undefined where no name is known. */
export function staffName({ family, given, title }: Named): string | undefined {
  const names = [family.toLocaleUpperCase(), given].filter((part) => part !== '').join(', ');
  return names === '' ? undefined : `${names}${title === '' ? '' : ` (${title})`}`;
}

/** As far as the date is known; with the age where the day is. */
export function bornText(t: TFunction, birthDate: string, now: number): string {
  if (birthDate === '') return t('doctor.notKnown');
  const [year, month, day] = birthDate.split('-');
  const name = month === undefined ? undefined : t('time.months').split(' ')[Number(month) - 1];
  const date = [day, name, year].filter((part) => part !== undefined).join('-');
  return day === undefined ? date : t('doctor.bornAge', { date, age: ageAt(birthDate, now) });
}

/** Whole years by the calendar, at least none. */
export function ageAt(birthDate: string, now: number): number {
  const today = new Date(now).toISOString().slice(0, 10);
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return Math.max(0, today.slice(5) < birthDate.slice(5) ? years - 1 : years);
}

export function sexText(t: TFunction, sex: PatientCardView['sex']): string {
  return sex === '' ? t('doctor.notKnown') : t(`doctor.sexes.${sex}`);
}

/** In threes, as people read numbers out. */
export function numberText(number: string): string {
  return /^\d{9,}$/.test(number) ? number.replace(/(\d{3})(\d{3})(\d{3,})/, '$1 $2 $3') : number;
}
