// Text to JSON value for everything that strangers send: nesting is bounded before parsing; `__proto__` and a key that
// stands twice in one object are refused, since two readers of the same text could see two different things.

/** Deeper documents are refused; FHIR resources stay far below. */
export const MAX_JSON_DEPTH = 64;

/** Throws SyntaxError. */
export function parseJson(text: string): unknown {
  scan(text);
  if (!text.includes('__proto__') && !text.includes('\\u00')) return JSON.parse(text);
  return JSON.parse(text, (key, value) => {
    if (key === '__proto__') throw new SyntaxError('a key that JSON may not carry here');
    return value;
  });
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Counts open brackets outside strings and compares keys; whether the text is JSON at all is for JSON.parse to say. */
function scan(text: string): void {
  /** Keys of the objects that are open; undefined for a list, and for an object that has none yet. */
  const keys: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      const end = endOfString(text, at);
      if (isKey(text, end)) addKey(keys, text.slice(at, end + 1));
      at = end;
    } else if (unit === 0x7b || unit === 0x5b) {
      if (keys.length >= MAX_JSON_DEPTH) throw new SyntaxError('nested too deeply');
      keys.push(undefined);
    } else if (unit === 0x7d || unit === 0x5d) keys.pop();
  }
}

/** Where the closing quote is, or the end of the text. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length && text.charCodeAt(at) !== QUOTE; at++) {
    if (text.charCodeAt(at) === BACKSLASH) at++;
  }
  return at;
}

/** Only a key has a colon behind it. */
function isKey(text: string, end: number): boolean {
  let at = end + 1;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return text.charCodeAt(at) === COLON;
}

function addKey(keys: (Set<string> | undefined)[], quoted: string): void {
  const last = keys.length - 1;
  if (last < 0) return;
  keys[last] ??= new Set();
  // The same key can be spelled in several ways. JSON.parse throws SyntaxError for what is no string.
  const key = quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
  if (keys[last].has(key)) throw new SyntaxError('a key stands twice');
  keys[last].add(key);
}
