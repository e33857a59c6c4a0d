// The Range header of a request (RFC 9110, 14.1.2), as far as it is heeded: one range of bytes. Several, or what is no range,
// are answered with all there is, which is always right.

export interface AskedRange {
  readonly offset: number;
  readonly length: number;
}

/** Undefined: all of it. */
export function byteRange(header: string | undefined, size: number): AskedRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,16})-(\d{0,16})$/.exec(header?.trim() ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  if (match[1] === '') {
    const length = Math.min(Number(match[2]), size);
    return length === 0 ? 'unsatisfiable' : { offset: size - length, length };
  }
  const offset = Number(match[1]);
  const last = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[2] !== '' && Number(match[2]) < offset) return undefined;
  return offset >= size ? 'unsatisfiable' : { offset, length: last - offset + 1 };
}
