// Looks for traces of persons in bytes: each value raw, in hex and in base64 at all three offsets, whatever the case; texts
// also in UTF-16, as programs hold them in memory.
// Owns the search; where to look is said by the test.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';

/** Shorter values occur by chance. */
export const MIN_VALUE_BYTES = 8;
const PREFIX_BYTES = 6;

export interface Trace {
  readonly value: string;
  readonly form: string;
  readonly where: string;
}

interface Needle {
  readonly bytes: Buffer;
  readonly value: string;
  readonly form: string;
}

export class TraceSearch {
  private readonly needles = new Map<number, Needle[]>();
  private readonly seen = new Set<string>();
  /** A bit for every three bytes that some needle begins with: most places are passed by one look. */
  private readonly beginnings = new Uint8Array(2 ** 21);

  /** `name` is printed instead of the value when it is bytes. */
  add(value: string | Uint8Array, name = String(value)): void {
    const forms =
      typeof value === 'string'
        ? [value, value.toLowerCase(), value.toUpperCase()].map((text) => Buffer.from(text.normalize('NFC')))
        : [Buffer.from(value)];
    for (const raw of forms) {
      if (raw.length < MIN_VALUE_BYTES) continue;
      if (typeof value === 'string') this.needle(Buffer.from(raw.toString('utf8'), 'utf16le'), name, 'UTF-16');
      this.needle(raw, name, 'raw');
      this.needle(Buffer.from(raw.toString('hex')), name, 'hex');
      this.needle(Buffer.from(raw.toString('hex').toUpperCase()), name, 'HEX');
      for (const offset of [0, 1, 2]) {
        const padded = Buffer.concat([Buffer.alloc(offset), raw]);
        // Only the digits that the value alone decides.
        const from = Math.ceil((offset * 8) / 6);
        const to = Math.floor((padded.length * 8) / 6);
        this.needle(Buffer.from(padded.toString('base64').slice(from, to)), name, `base64+${offset}`);
        this.needle(Buffer.from(padded.toString('base64url').slice(from, to)), name, `base64url+${offset}`);
      }
    }
  }

  get size(): number {
    return this.seen.size;
  }

  in(haystack: Uint8Array, where: string): Trace[] {
    const bytes = Buffer.from(haystack.buffer, haystack.byteOffset, haystack.byteLength);
    const found: Trace[] = [];
    const { beginnings } = this;
    let three = bytes.length < 2 ? 0 : (bytes[0] << 8) | bytes[1];
    for (let at = 0; at + PREFIX_BYTES <= bytes.length; at++) {
      three = ((three << 8) | bytes[at + 2]) & 0xffffff;
      if ((beginnings[three >> 3] & (1 << (three & 7))) === 0) continue;
      for (const needle of this.needles.get(bytes.readUIntBE(at, PREFIX_BYTES)) ?? []) {
        if (!bytes.subarray(at, at + needle.bytes.length).equals(needle.bytes)) continue;
        found.push({ value: needle.value, form: needle.form, where });
      }
    }
    return found;
  }

  /** Every key and every value of a database that nobody has open, as the engine gives them: unpacked. */
  async inDatabase(path: string): Promise<{ traces: Trace[]; rows: number; bytes: number }> {
    const level = new ClassicLevel<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view' });
    const traces: Trace[] = [];
    let rows = 0;
    let bytes = 0;
    try {
      for await (const [key, value] of level.iterator()) {
        rows++;
        bytes += key.length + value.length;
        traces.push(...this.in(key, `key of ${path}`), ...this.in(value, `value in ${path}`));
      }
    } finally {
      await level.close();
    }
    return { traces, rows, bytes };
  }

  /** Every file below, and every database row as it is unpacked. */
  async inDirectory(root: string): Promise<{ traces: Trace[]; files: number; rows: number }> {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const paths = entries.map((entry) => ({ path: join(entry.parentPath, entry.name), isFile: entry.isFile() }));
    const traces: Trace[] = [];
    let [files, rows] = [0, 0];
    for (const { path } of paths.filter(({ isFile }) => isFile)) {
      files++;
      traces.push(...this.in(await readFile(path), path));
    }
    // Opening a database changes its files: after them.
    for (const { path } of paths.filter((one) => existsSync(join(one.path, 'CURRENT')))) {
      const database = await this.inDatabase(path);
      traces.push(...database.traces);
      rows += database.rows;
    }
    return { traces, files, rows };
  }

  private needle(bytes: Buffer, value: string, form: string): void {
    const name = bytes.toString('latin1');
    if (this.seen.has(name)) return;
    this.seen.add(name);
    const three = bytes.readUIntBE(0, 3);
    this.beginnings[three >> 3] |= 1 << (three & 7);
    const key = bytes.readUIntBE(0, PREFIX_BYTES);
    const same = this.needles.get(key);
    if (same === undefined) this.needles.set(key, [{ bytes, value, form }]);
    else same.push({ bytes, value, form });
  }
}

/** What a FHIR Patient says about its person. */
export function personalValues(resource: Record<string, unknown>): string[] {
  const values: string[] = [];
  const leaves = (value: unknown): void => {
    if (typeof value === 'string') values.push(value);
    else if (Array.isArray(value)) for (const item of value) leaves(item);
    else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) leaves(item);
  };
  for (const { value } of asArray(resource.identifier)) {
    leaves(value);
    // The number also without its punctuation, as it is normalised.
    if (typeof value === 'string') values.push(value.replaceAll(/[^0-9A-Za-z]/g, ''));
  }
  for (const name of asArray(resource.name)) {
    leaves([name.text, name.family, name.given]);
    leaves(`${asText(name.given)} ${String(name.family)}`);
  }
  for (const { value } of asArray(resource.telecom)) leaves(value);
  for (const { line, text } of asArray(resource.address)) leaves([line, text]);
  leaves([resource.birthDate, resource.deceasedDateTime, resource.id]);
  return [...new Set(values)].filter((value) => Buffer.byteLength(value) >= MIN_VALUE_BYTES);
}

function asArray(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value : [];
}

function asText(value: unknown): string {
  return Array.isArray(value) ? value.join(' ') : '';
}
