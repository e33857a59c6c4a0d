// Undoes what senders wrap an attack in: percent signs, HTML entities and backslash escapes. Works in place on a scratch
// buffer, which only ever gets shorter. Owns no case, space or comment: normalise.ts does.

const NAMED: Readonly<Record<string, number>> = {
  ...{ lt: 0x3c, gt: 0x3e, quot: 0x22, apos: 0x27, amp: 0x26, tab: 0x09, newline: 0x0a, nbsp: 0x20, colon: 0x3a },
  ...{ lpar: 0x28, rpar: 0x29, sol: 0x2f, semi: 0x3b, grave: 0x60, equals: 0x3d, comma: 0x2c, period: 0x2e },
};
const LONGEST_NAME = 7;
/** Stands for every character outside ASCII that is no variant of an ASCII one. */
export const OTHER = 0x80;

const PERCENT = 0x25;
const AMPERSAND = 0x26;
const HASH = 0x23;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const LETTER_X = 0x78;

/** The ASCII character that filters, databases and browsers take for this one, or OTHER. */
export function foldCode(code: number): number {
  if (code < 0x80) return code;
  if (code >= 0xff01 && code <= 0xff5e) return code - 0xfee0;
  if (code === 0xa0 || code === 0x3000 || (code >= 0x2000 && code <= 0x200a)) return 0x20;
  if (code === 0x2018 || code === 0x2019 || code === 0x2b9 || code === 0x2bc) return 0x27;
  if (code === 0x201c || code === 0x201d) return 0x22;
  if (code === 0x2044 || code === 0x2215) return 0x2f;
  return OTHER;
}

/** One round of `%41` and `%u0041`. Gives the new length, which is the old one when nothing was encoded. */
export function unpercent(text: Uint8Array, length: number): number {
  let to = 0;
  for (let at = 0; at < length; at++) {
    if (text[at] === PERCENT) {
      const byte = hex(text, at + 1, 2, length);
      if (byte >= 0) {
        text[to++] = byte;
        at += 2;
        continue;
      }
      const code = (text[at + 1] | 0x20) === LETTER_U ? hex(text, at + 2, 4, length) : -1;
      if (code >= 0) {
        text[to++] = foldCode(code);
        at += 5;
        continue;
      }
    }
    text[to++] = text[at];
  }
  return to;
}

/** UTF-8 that percent decoding brought to light, overlong forms included, as folded characters. */
export function foldUtf8(text: Uint8Array, length: number): number {
  let to = 0;
  for (let at = 0; at < length; at++) {
    const lead = text[at];
    const more = lead < 0xc0 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    let code = more === 0 ? lead : lead & (0x3f >> more);
    let used = 0;
    while (used < more && at + used + 1 < length && (text[at + used + 1] & 0xc0) === 0x80) {
      code = (code << 6) | (text[at + used + 1] & 0x3f);
      used++;
    }
    text[to++] = used === more ? foldCode(code) : OTHER;
    if (used === more) at += more;
  }
  return to;
}

/** `&lt;`, `&#60;` and `&#x3c`, the number also without its semicolon, as browsers read them. */
export function unentity(text: Uint8Array, length: number): number {
  let to = 0;
  for (let at = 0; at < length; at++) {
    if (text[at] === AMPERSAND) {
      const found = text[at + 1] === HASH ? numbered(text, at + 2, length) : named(text, at + 1, length);
      if (found !== undefined) {
        text[to++] = foldCode(found.code);
        at = found.last;
        continue;
      }
    }
    text[to++] = text[at];
  }
  return to;
}

/** `\x41` and `\u0041`. */
export function unescapeBackslash(text: Uint8Array, length: number): number {
  let to = 0;
  for (let at = 0; at < length; at++) {
    if (text[at] === BACKSLASH) {
      const digits = text[at + 1] === LETTER_X ? 2 : text[at + 1] === LETTER_U ? 4 : 0;
      const code = digits === 0 ? -1 : hex(text, at + 2, digits, length);
      if (code >= 0) {
        text[to++] = foldCode(code);
        at += 1 + digits;
        continue;
      }
    }
    text[to++] = text[at];
  }
  return to;
}

function numbered(text: Uint8Array, from: number, length: number): { code: number; last: number } | undefined {
  const base = (text[from] | 0x20) === LETTER_X ? 16 : 10;
  let at = base === 16 ? from + 1 : from;
  const first = at;
  let code = 0;
  for (; at < length && at - first < 7; at++) {
    const digit = digitOf(text[at]);
    if (digit < 0 || digit >= base) break;
    code = code * base + digit;
  }
  if (at === first) return undefined;
  return { code, last: at < length && text[at] === SEMICOLON ? at : at - 1 };
}

function named(text: Uint8Array, from: number, length: number): { code: number; last: number } | undefined {
  const stop = Math.min(length, from + LONGEST_NAME + 1);
  let name = '';
  for (let at = from; at < stop; at++) {
    if (text[at] === SEMICOLON) {
      const code = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
      return code === undefined ? undefined : { code, last: at };
    }
    name += String.fromCharCode(text[at] | 0x20);
  }
  return undefined;
}

function hex(text: Uint8Array, from: number, digits: number, length: number): number {
  if (from + digits > length) return -1;
  let value = 0;
  for (let at = from; at < from + digits; at++) {
    const digit = digitOf(text[at]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** Of a hexadecimal digit, or -1. */
function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
