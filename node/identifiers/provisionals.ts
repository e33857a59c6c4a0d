// Provisional identifiers that this clinic gave while too few clinics could be reached: which document each is for, until
// its PID is known, and then which PID that is. One document has one, whoever asks how often. Owns no statement.
import { hkdfSha256, hmacSha256, randomBytes } from '#crypto';
import { concatBytes, EMPTY_BYTES } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { Serial } from '../../common/serial.ts';
import { documentInput, type IdentityDocument, type TypedDocument } from '../../identity/patient/document.ts';
import { formatPid, formatProvisional, PID_BYTES, type Pid, pidBytes } from '../../identity/patient/pid.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import { rowsOf } from '../../records/rows-of.ts';

/** Entries read at once. */
const PAGE = 256;
const MAX_TEXT = 256;
/** Row prefixes: the identifier of a document, what is known of an identifier, those of a PID. */
const DOCUMENT = Uint8Array.of(1);
const IDENTIFIER = Uint8Array.of(2);
const RESOLVED = Uint8Array.of(3);

const encoder = new TextEncoder();

/** One that waits for its PID. */
export interface WaitingProvisional {
  readonly provisional: Pid;
  readonly document: TypedDocument;
  /** ms since 1970. */
  readonly since: number;
}

export interface ProvisionalsOptions {
  /** Secret of this clinic, 32 bytes. */
  readonly storageKey: Uint8Array;
}

export interface ProvisionalsModules {
  readonly store: KeyValueStore;
  readonly clock: Pick<Clock, 'now'>;
}

export class Provisionals {
  private readonly key: Uint8Array;
  private readonly modules: ProvisionalsModules;
  private readonly serial = new Serial();

  constructor(options: ProvisionalsOptions, modules: ProvisionalsModules) {
    this.key = hkdfSha256(options.storageKey, EMPTY_BYTES, encoder.encode('wardmesh/provisionals/1'), 32);
    this.modules = modules;
  }

  /** The one that a document has; its PID once that is known. */
  async find(document: IdentityDocument): Promise<Pid | undefined> {
    const bytes = await this.modules.store.get(this.documentKey(document));
    if (bytes === undefined) return undefined;
    const provisional = formatProvisional(bytes);
    return (await this.pidOf(provisional)) ?? provisional;
  }

  /** As `find`, and gives the document one when it has none. On disk when it resolves. */
  give(document: IdentityDocument): Promise<Pid> {
    return this.serial.run(async () => {
      const found = await this.find(document);
      if (found !== undefined) return found;
      const { store, clock } = this.modules;
      const bytes = randomBytes(PID_BYTES);
      const key = this.documentKey(document);
      const { country, type, number } = document;
      const row = new Writer(128).u8(1).u64(clock.now());
      for (const text of [country, type, number]) row.text16(text, MAX_TEXT);
      // The identifier first: what a crash leaves is one that nobody was told.
      await store.put(concatBytes(IDENTIFIER, bytes), row.finish());
      await store.put(key, bytes);
      return formatProvisional(bytes);
    });
  }

  /** The PID that is known by now. */
  async pidOf(provisional: Pid): Promise<Pid | undefined> {
    const bytes = await this.modules.store.get(concatBytes(IDENTIFIER, pidBytes(provisional)));
    const row = bytes === undefined ? undefined : decodeRow(bytes);
    return row?.type === 'resolved' ? row.pid : undefined;
  }

  /** The provisional identifiers that came to be this PID. */
  async of(pid: Pid): Promise<Pid[]> {
    const prefix = concatBytes(RESOLVED, pidBytes(pid));
    const rows = await this.modules.store.range(prefix, { limit: PAGE });
    return rows.map(([key]) => formatProvisional(key.slice(prefix.length)));
  }

  /** Notes the PID and forgets the number. */
  async resolve(provisional: Pid, pid: Pid): Promise<void> {
    const { store } = this.modules;
    const bytes = pidBytes(provisional);
    await store.put(concatBytes(RESOLVED, pidBytes(pid), bytes), EMPTY_BYTES);
    await store.put(concatBytes(IDENTIFIER, bytes), new Writer(21).u8(2).fixed(pidBytes(pid), PID_BYTES).finish());
  }

  /** In no order that means anything. */
  async *waiting(): AsyncGenerator<WaitingProvisional> {
    for await (const [key, value] of rowsOf(this.modules.store, IDENTIFIER, PAGE)) {
      const row = decodeRow(value);
      if (row.type === 'waiting') {
        yield { provisional: formatProvisional(key.slice(1)), document: row.document, since: row.since };
      }
    }
  }

  private documentKey(document: IdentityDocument): Uint8Array {
    return concatBytes(DOCUMENT, hmacSha256(this.key, documentInput(document)));
  }
}

type Row =
  | { readonly type: 'waiting'; readonly since: number; readonly document: TypedDocument }
  | { readonly type: 'resolved'; readonly pid: Pid };

/** `1 | since u64 | country t16 | type t16 | number t16`, or `2 | PID 20`. */
function decodeRow(bytes: Uint8Array): Row {
  const reader = new Reader(bytes);
  const row = readRow(reader);
  reader.end();
  return row;
}

function readRow(reader: Reader): Row {
  switch (reader.u8()) {
    case 1: {
      const since = reader.u64();
      const [country, type, number] = [reader.text16(MAX_TEXT), reader.text16(MAX_TEXT), reader.text16(MAX_TEXT)];
      return { type: 'waiting', since, document: { country, type, number } };
    }
    case 2:
      return { type: 'resolved', pid: formatPid(reader.fixed(PID_BYTES)) };
    default:
      throw new CodecError({ code: 'codec.value', field: 'provisional' });
  }
}
