// Text to JSON value for everything that strangers send: nesting is bounded before parsing, `__proto__` is refused.

/** Deeper documents are refused; FHIR resources stay far below. */
export const MAX_JSON_DEPTH = 64;

/** Throws SyntaxError. */
export function parseJson(text: string): unknown {
  checkDepth(text);
  if (!text.includes('__proto__') && !text.includes('\\u00')) return JSON.parse(text);
  return JSON.parse(text, (key, value) => {
    if (key === '__proto__') throw new SyntaxError('a key that JSON may not carry here');
    return value;
  });
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Counts open brackets outside strings; whether the text is JSON at all is for JSON.parse to say. */
function checkDepth(text: string): void {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      for (at++; at < text.length && text.charCodeAt(at) !== QUOTE; at++) {
        if (text.charCodeAt(at) === BACKSLASH) at++;
      }
    } else if (unit === 0x7b || unit === 0x5b) {
      if (++depth > MAX_JSON_DEPTH) throw new SyntaxError('nested too deeply');
    } else if (unit === 0x7d || unit === 0x5d) depth--;
  }
}
