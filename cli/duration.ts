// Durations and days on the command line: 90s, 30m, 24h, 7d; 2026-01-31.
import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds. Throws what commander shows beside the option. */
export function parseDuration(text: string): number {
  const match = /^([1-9][0-9]{0,8})(s|m|h|d)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected a time such as 90s, 30m, 24h or 7d.');
  return Number(match[1]) * UNITS[match[2]];
}

/** The first millisecond of a day, UTC. Throws what commander shows beside the option. */
export function parseDay(text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time)) throw new InvalidArgumentError('Expected a day such as 2026-01-31.');
  return time;
}
