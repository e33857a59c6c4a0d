// Numbers for people: grouped digits, byte sizes, rates, shares. Large integers come as decimal text and stay exact.
import { texts } from './i18n.ts';

const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 });

export function numberText(value: number | string): string {
  return grouped.format(typeof value === 'string' ? BigInt(value) : value);
}

export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${grouped.format(bytes / 1000)} kB`;
  return `${grouped.format(bytes / 1_000_000)} MB`;
}

const RATES = ['', 'k', 'M', 'G', 'T', 'P'];

export function hashRateText(perSecond: number): string {
  let value = perSecond;
  let step = 0;
  for (; value >= 1000 && step < RATES.length - 1; step++) value /= 1000;
  return `${grouped.format(value)} ${RATES[step]}H/s`;
}

export function shareText(share: number): string {
  return `${grouped.format(share * 100)} %`;
}

/** What is counted on pages, as the catalogue names it. */
type Counted =
  | 'approval'
  | 'block'
  | 'change'
  | 'clinic'
  | 'entry'
  | 'match'
  | 'member'
  | 'newBlock'
  | 'newerBlock'
  | 'organisation'
  | 'proposal'
  | 'row'
  | 'statement'
  | 'votingClinic';

export function countText(count: number, of: Counted): string {
  return texts.t(`counts.${of}`, { count, number: grouped.format(count) });
}
