// The words of a record, as a search over a chart compares them: of a FHIR resource every text and number that it holds, of
// plain text all. Owns what a word is and the bytes of an index entry; where entries lie and who searches is node/charts.
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { KeyRowName } from './key-row.ts';
import { openUnder, sealUnder } from './seal.ts';

/** Characters; the rest of a longer word is not compared. */
const MAX_WORD = 48;
/** Different words of one record. */
const MAX_WORDS = 4_096;
/** Values that a resource is asked for. */
const MAX_VALUES = 20_000;
const MIN_WORD = 2;

/** Lower case, without accents, each once: `Müller-Lüdenscheidt 1.1` is `muller`, `ludenscheidt`. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const words = new Set<string>();
  for (const [word] of plain.matchAll(/[\p{L}\p{N}]+/gu)) {
    if (word.length >= MIN_WORD) words.add(word.slice(0, MAX_WORD));
    if (words.size === MAX_WORDS) break;
  }
  return [...words];
}

/** Of every value at any depth; names of fields are no words. */
export function wordsOfResource(json: unknown): string[] {
  const texts: string[] = [];
  const open: unknown[] = [json];
  for (let value = open.pop(); value !== undefined && texts.length < MAX_VALUES; value = open.pop()) {
    if (typeof value === 'string') texts.push(value);
    else if (typeof value === 'number') texts.push(String(value));
    else if (typeof value === 'object' && value !== null) open.push(...Object.values(value).slice(0, MAX_VALUES));
  }
  return wordsOf(texts.join(' '));
}

/** Whether each of the words that are looked for begins one of these. */
export function matches(wanted: readonly string[], words: readonly string[]): boolean {
  return wanted.every((one) => words.some((word) => word.startsWith(one)));
}

/** Under the category key that the row is wrapped under: who loses that key loses the entry. */
export function sealWords(row: KeyRowName, categoryKey: Uint8Array, words: readonly string[]): Uint8Array {
  const sealed = sealUnder(categoryKey, 'words', boundTo(row), new TextEncoder().encode(words.join('\n')));
  return new Writer(4 + sealed.length).u32(row.epoch).fixed(sealed, sealed.length).finish();
}

/** Undefined: of another epoch, or not to be opened; it is made anew. */
export function openWords(row: KeyRowName, categoryKey: Uint8Array, entry: Uint8Array): readonly string[] | undefined {
  try {
    const input = new Reader(entry);
    if (input.u32() !== row.epoch) return undefined;
    const sealed = input.fixed(input.left);
    const text = new TextDecoder().decode(openUnder(categoryKey, 'words', boundTo(row), sealed));
    return text === '' ? [] : text.split('\n');
  } catch {
    return undefined;
  }
}

function boundTo({ clinic, chart, record, version, epoch }: KeyRowName): Uint8Array {
  return new Writer(80).u16(clinic).fixed(chart, 32).fixed(record, 32).u32(version).u32(epoch).finish();
}
