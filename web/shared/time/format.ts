// Times in words: how long ago, and the date and time in a zone. Staff form: 21-Nov-2026 14:05:09.
import { texts } from '../text/i18n.ts';

export type Zone = 'local' | 'utc';

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** Never in the future: clocks of clinics differ by a little. */
export function ageText(time: number, now: number): string {
  const elapsed = now - time;
  for (const [unit, ms] of UNITS) {
    const count = Math.floor(elapsed / ms);
    if (count >= 1) return texts.t(`time.${unit}Ago`, { count });
  }
  return texts.t('time.now');
}

const MONTHS = texts.t('time.months').split(' ');
const two = (value: number): string => String(value).padStart(2, '0');

export function timeText(time: number, zone: Zone): string {
  const shifted = new Date(time - (zone === 'utc' ? 0 : offsetMinutes(time) * 60_000));
  const day = `${two(shifted.getUTCDate())}-${MONTHS[shifted.getUTCMonth()]}-${shifted.getUTCFullYear()}`;
  return `${day} ${clockText(time, zone)}`;
}

const LONG_MONTHS = texts.t('time.longMonths').split(' ');

/** As patients read dates: 21 November 2026. */
export function longDayText(time: number, zone: Zone): string {
  const shifted = new Date(time - (zone === 'utc' ? 0 : offsetMinutes(time) * 60_000));
  return `${shifted.getUTCDate()} ${LONG_MONTHS[shifted.getUTCMonth()]} ${shifted.getUTCFullYear()}`;
}

/** As patients read times: 21 November 2026, 2:05pm. */
export function longTimeText(time: number, zone: Zone): string {
  const shifted = new Date(time - (zone === 'utc' ? 0 : offsetMinutes(time) * 60_000));
  const hours = shifted.getUTCHours();
  const clock = `${hours % 12 === 0 ? 12 : hours % 12}:${two(shifted.getUTCMinutes())}${hours < 12 ? 'am' : 'pm'}`;
  return `${longDayText(time, zone)}, ${clock}`;
}

export function clockText(time: number, zone: Zone): string {
  const shifted = new Date(time - (zone === 'utc' ? 0 : offsetMinutes(time) * 60_000));
  return `${two(shifted.getUTCHours())}:${two(shifted.getUTCMinutes())}:${two(shifted.getUTCSeconds())}`;
}

/** `UTC`, or the device's offset as `UTC+01:00`. */
export function zoneText(time: number, zone: Zone): string {
  const minutes = zone === 'utc' ? 0 : -offsetMinutes(time);
  if (minutes === 0) return 'UTC';
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** Lengths of time: `850 ms`, `2.1 s`, `4 min`, `5 hours`, `7 days`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Number((ms / 1000).toFixed(1))} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return texts.t('time.hours', { hours: Math.round(ms / 3_600_000) });
  return texts.t('time.days', { days: Math.round(ms / 86_400_000) });
}

function offsetMinutes(time: number): number {
  return new Date(time).getTimezoneOffset();
}
