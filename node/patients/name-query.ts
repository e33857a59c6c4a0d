// Whether somebody typed the beginning of a patient's names: any word of the names, in any order, whatever the case and the
// accents; and the birth date.
import type { DirectoryEntry } from './directory-entry.ts';

export interface NameQuery {
  /** Words as typed; empty for none. */
  readonly name: string;
  /** YYYY-MM-DD; empty for none. */
  readonly birthDate: string;
}

/** Letters without accents and case, words parted by single spaces, one before each. */
export function foldedName({ family, given }: Pick<DirectoryEntry, 'family' | 'given'>): string {
  return ` ${fold(`${family} ${given}`)}`;
}

export function matches(query: NameQuery, birthDate: string, folded: string): boolean {
  if (query.birthDate !== '' && query.birthDate !== birthDate) return false;
  const words = fold(query.name);
  return words === '' ? query.birthDate !== '' : words.split(' ').every((word) => folded.includes(` ${word}`));
}

function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
