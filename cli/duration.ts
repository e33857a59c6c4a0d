// Durations on the command line: 90s, 30m, 24h, 7d.
import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds. Throws what commander shows beside the option. */
export function parseDuration(text: string): number {
  const match = /^([1-9][0-9]{0,8})(s|m|h|d)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected a time such as 90s, 30m, 24h or 7d.');
  return Number(match[1]) * UNITS[match[2]];
}
