// Text that others chose, made fit for a log: as much of it as there is room for. Owns no limit.

const encoder = new TextEncoder();
/** Printable ASCII, as nearly all of it is: nothing to look at twice. */
const PLAIN = /^[\x20-\x7e]*$/;

/** At most so many bytes of UTF-8, whole characters, in NFC, no control characters and no lone surrogates. */
export function clippedText(text: string, maxBytes: number): string {
  if (text.length <= maxBytes && PLAIN.test(text)) return text;
  const clean = text
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ')
    .normalize('NFC');
  const bytes = encoder.encode(clean);
  if (bytes.length <= maxBytes) return clean;
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, maxBytes), { stream: true });
}
