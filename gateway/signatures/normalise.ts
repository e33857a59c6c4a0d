// The two forms in which a field is compared with signatures (PROTOCOL lists the steps: clinics must see the same text).
// Linear in the text and bounded: at most DECODE_ROUNDS of percent signs, at most MAX_BODY_CHARS of text.

import type { SignatureView } from '../../common/threat-names.ts';
import { MAX_BODY_CHARS } from '../judge/facts.ts';
import { foldCode, foldUtf8, unentity, unescapeBackslash, unpercent } from './decode-bytes.ts';

export const DECODE_ROUNDS = 3;

const SPACE = 0x20;
const QUOTE = 0x27;
const PLUS = 0x2b;
const SLASH = 0x2f;
const STAR = 0x2a;
const BANG = 0x21;
const ZERO = 0x30;
const LETTER_X = 0x78;

/** What becomes of each byte in the form `text`: capitals small, control characters a space, NUL nothing. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x41 && byte <= 0x5a) return byte + 0x20;
  if (byte === 0) return 0;
  return byte < SPACE || byte === 0x7f ? SPACE : byte;
});

/** Bytes that need no space beside them in the form `shape`. */
const SIGN = new Uint8Array(256);
for (const sign of "!&'()*,:;<=>[]{|}") SIGN[sign.charCodeAt(0)] = 1;

/** Signs of which a run counts as one in the form `shape`. */
const RUN = new Uint8Array(256);
for (const sign of "()'") RUN[sign.charCodeAt(0)] = 1;

const HEX = new Uint8Array(256);
for (const digit of '0123456789abcdef') HEX[digit.charCodeAt(0)] = 1;

/** Keeps its buffers: what `text` and `shape` hold is good until the next call. */
export class Normaliser {
  readonly text = new Uint8Array(MAX_BODY_CHARS);
  readonly shape = new Uint8Array(MAX_BODY_CHARS);
  private readonly scratch = new Uint8Array(MAX_BODY_CHARS);

  /** Fills `text`, gives its length. In a form `+` is a space. */
  readText(value: string, form: boolean): number {
    const { scratch } = this;
    let length = Math.min(value.length, MAX_BODY_CHARS);
    // Bits: a percent sign, an ampersand, a backslash.
    let marks = 0;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code === 0x25) marks |= 1;
      else if (code === 0x26) marks |= 2;
      else if (code === 0x5c) marks |= 4;
      scratch[i] = form && code === PLUS ? SPACE : foldCode(code);
    }
    if ((marks & 1) !== 0) {
      for (let round = 0; round < DECODE_ROUNDS; round++) {
        const shorter = unpercent(scratch, length);
        if (shorter === length) break;
        length = shorter;
        marks = 7;
      }
      if (marks === 7) length = foldUtf8(scratch, length);
    }
    if ((marks & 2) !== 0) length = unentity(scratch, length);
    if ((marks & 4) !== 0) length = unescapeBackslash(scratch, length);
    return this.flatten(length);
  }

  /** As it is, but for case: method and header order. */
  readPlain(value: string): number {
    const length = Math.min(value.length, MAX_BODY_CHARS);
    for (let i = 0; i < length; i++) this.text[i] = PLAIN[foldCode(value.charCodeAt(i))];
    return length;
  }

  /** Case, control characters, comments (`/*!` keeps what it wraps) and runs of spaces. */
  private flatten(length: number): number {
    const { scratch, text } = this;
    let to = 0;
    let last = 0;
    for (let at = 0; at < length; at++) {
      let byte = PLAIN[scratch[at]];
      if (byte === 0) continue;
      if (byte === SLASH && scratch[at + 1] === STAR && at + 1 < length) {
        const end = commentEnd(scratch, at, length);
        if (end >= 0) {
          at = end;
          byte = SPACE;
        }
      } else if (byte === STAR && scratch[at + 1] === SLASH && at + 1 < length) {
        at++;
        byte = SPACE;
      }
      if (byte === SPACE && last === SPACE) continue;
      text[to++] = byte;
      last = byte;
    }
    return to;
  }

  /** Fills `shape` from the first `length` bytes of `text`, gives its length. */
  readShape(length: number): number {
    const { text, shape } = this;
    let to = 0;
    let last = 0;
    let gap = false;
    for (let at = 0; at < length; at++) {
      let byte = text[at];
      if (byte >= ZERO && byte <= 0x39) {
        at = numberEnd(text, at, length);
        byte = ZERO;
      } else if (byte === 0x22 || byte === 0x60) {
        byte = QUOTE;
      } else if (byte === SPACE || byte === PLUS) {
        gap = true;
        continue;
      } else if (byte === 0x5c || byte === 0x5e) {
        // Shells ignore a backslash or a circumflex before a letter.
        continue;
      }
      if (gap) {
        gap = false;
        if (SIGN[byte] === 0 && SIGN[last] === 0 && to > 0) shape[to++] = SPACE;
      }
      if (byte === last && RUN[byte] === 1) continue;
      shape[to++] = byte;
      last = byte;
    }
    return to;
  }
}

/** Where reading goes on after `/*`: its end, or the sign before what a `/*!50000` wraps; -1 when nothing closes it. */
function commentEnd(bytes: Uint8Array, start: number, length: number): number {
  if (bytes[start + 2] === BANG && start + 2 < length) {
    let at = start + 3;
    while (at < length && bytes[at] >= ZERO && bytes[at] <= 0x39) at++;
    return at - 1;
  }
  for (let at = start + 3; at < length; at++) {
    if (bytes[at] === SLASH && bytes[at - 1] === STAR) return at;
  }
  return -1;
}

/** Last byte of the number that begins here, decimal or `0x` hexadecimal. */
function numberEnd(text: Uint8Array, start: number, length: number): number {
  let at = start + 1;
  if (text[start] === ZERO && text[at] === LETTER_X && at + 1 < length && HEX[text[at + 1]] === 1) {
    at += 2;
    while (at < length && HEX[text[at]] === 1) at++;
    return at - 1;
  }
  while (at < length && text[at] >= ZERO && text[at] <= 0x39) at++;
  return at - 1;
}

const shared = new Normaliser();

/** For tools and tests: the form of a value that a literal of this view is compared with. */
export function normalised(value: string, view: SignatureView, form: boolean): string {
  const length = shared.readText(value, form);
  if (view === 'text') return String.fromCharCode(...shared.text.subarray(0, length));
  return String.fromCharCode(...shared.shape.subarray(0, shared.readShape(length)));
}
