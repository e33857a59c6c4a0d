// Ends of roles and keys: a day as typed, and the last moment of it.
import { isoDate, type TypedDate } from '../../shared/form/date-field.tsx';

export const YEAR_MS = 365 * 86_400_000;

/** ms; undefined for no day of the calendar, or one that is over. */
export function untilOf(typed: TypedDate, now: number): number | undefined {
  const iso = isoDate(typed, Number.POSITIVE_INFINITY);
  if (typeof iso !== 'string') return undefined;
  const end = new Date(`${iso}T23:59:59`).getTime();
  return end > now ? end : undefined;
}

/** The day of a time, as this device has it. */
export function typedDay(time: number): TypedDate {
  const day = new Date(time);
  return [String(day.getDate()), String(day.getMonth() + 1), String(day.getFullYear())];
}
