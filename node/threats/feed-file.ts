// What was announced to those who follow the list, in one small sealed file, so that after a restart the end of what ended
// meanwhile is announced too. Written whole: what is over leaves the file with the next writing. Never part of a backup.
import { readFile } from 'node:fs/promises';
import { fromHex, toHex } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { Logger } from '../../common/logger.ts';
import { THREAT_CATEGORIES } from '../../common/threat-names.ts';
import { formatNetwork } from '../../gateway/address.ts';
import type { ChangeLog, LogEntry } from '../../gateway/lists/change-log.ts';
import { MAX_NAMED_REPORTS } from '../../gateway/lists/listed.ts';
import { readNetwork, writeNetwork } from '../../gateway/network-codec.ts';
import { decodeThreatEntry, encodeThreatEntry } from '../../gateway/threat-entry.ts';
import { writePrivateFile } from '../data-directory.ts';
import { RowSeal } from '../store/row-seal.ts';

export interface FeedFileOptions {
  readonly path: string;
  /** 32 bytes, from the keystore. */
  readonly key: Uint8Array;
}

export interface FeedFileModules {
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface KeptFeed {
  readonly entries: readonly LogEntry[];
  readonly sequence: number;
  /** How far each consumer is. */
  readonly cursors: ReadonlyMap<string, number>;
}

const VERSION = 1;
const NAME = new TextEncoder().encode('wardmesh/feed/1');
const STATES = ['listed', 'revoked', 'expired'] as const;
const EFFECTS = ['block', 'challenge'] as const;
const MODES = ['automatic', 'manual', 'pin'] as const;
const MAX_ENTRIES = 500_000;
const MAX_ENTRY_BYTES = 512;
/** Of a consumer's name. */
const MAX_CONSUMER_BYTES = 128;
export const MAX_CONSUMERS = 1_024;
const SAVE_MS = 1_000;
/** A large file is written less often. */
const SAVE_MS_PER_ENTRY = 0.1;

type Log = Pick<ChangeLog, 'since' | 'sequence' | 'size'>;

export class FeedFile {
  readonly cursors = new Map<string, number>();
  private readonly options: FeedFileOptions;
  private readonly modules: FeedFileModules;
  private readonly seal: RowSeal;
  private timer: TimerHandle | undefined;
  private writing: Promise<void> = Promise.resolve();
  private log: (() => Log) | undefined;

  constructor(options: FeedFileOptions, modules: FeedFileModules) {
    this.options = options;
    this.modules = modules;
    this.seal = new RowSeal(options.key);
  }

  /** Nothing is known without the file, and nothing when it cannot be read: then consumers keep what ended until its end. */
  async load(): Promise<KeptFeed> {
    const none: KeptFeed = { entries: [], sequence: 0, cursors: new Map() };
    const sealed = await readFile(this.options.path).catch(() => undefined);
    if (sealed === undefined) return none;
    const bytes = this.seal.open(NAME, sealed);
    try {
      if (bytes === undefined) throw new CodecError({ code: 'codec.value', field: 'seal' });
      const kept = decodeFeed(bytes);
      for (const [consumer, at] of kept.cursors) this.cursors.set(consumer, at);
      return kept;
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.modules.logger.warn({ code: error.code }, 'what was announced to firewalls before is not known any more');
      return none;
    }
  }

  /** Writes it soon. */
  changed(log: () => Log): void {
    this.log = log;
    if (this.timer !== undefined) return;
    const wait = SAVE_MS + SAVE_MS_PER_ENTRY * log().size;
    this.timer = this.modules.clock.setTimeout(() => {
      this.timer = undefined;
      void this.save(log());
    }, wait);
  }

  /** A consumer has everything up to there. */
  moved(consumer: string, sequence: number): void {
    if (this.cursors.get(consumer) === sequence) return;
    this.cursors.delete(consumer);
    this.cursors.set(consumer, sequence);
    const [oldest] = this.cursors.keys();
    if (this.cursors.size > MAX_CONSUMERS && oldest !== undefined) this.cursors.delete(oldest);
    if (this.log !== undefined) this.changed(this.log);
  }

  async close(log: () => Log): Promise<void> {
    this.modules.clock.clearTimeout(this.timer);
    await this.save(log());
  }

  private save(log: Log): Promise<void> {
    const write = async (): Promise<void> => {
      const bytes = encodeFeed({ entries: log.since(0), sequence: log.sequence, cursors: this.cursors });
      await writePrivateFile(this.options.path, this.seal.seal(NAME, bytes));
    };
    this.writing = this.writing.then(write).catch((error: unknown) => {
      this.modules.logger.warn({ err: error }, 'what was announced to firewalls is not on disk');
    });
    return this.writing;
  }
}

/** `version u8 | sequence u64 | count u32 | entries | count u32 | (consumer t16 | sequence u64)`. */
export function encodeFeed({ entries, sequence, cursors }: KeptFeed): Uint8Array {
  const out = new Writer(64 + 96 * entries.length).u8(VERSION).u64(sequence).u32(entries.length);
  for (const entry of entries) writeEntry(out, entry);
  out.u32(cursors.size);
  for (const [consumer, at] of cursors) out.text16(consumer, MAX_CONSUMER_BYTES).u64(at);
  return out.finish();
}

/** Throws CodecError. */
export function decodeFeed(bytes: Uint8Array): KeptFeed {
  const reader = new Reader(bytes);
  if (reader.u8() !== VERSION) throw new CodecError({ code: 'codec.value', field: 'version' });
  const sequence = reader.u64();
  const entries = Array.from({ length: count(reader, MAX_ENTRIES) }, () => readEntry(reader));
  const cursors = new Map<string, number>();
  for (let left = count(reader, MAX_CONSUMERS); left > 0; left--) {
    const consumer = reader.text16(MAX_CONSUMER_BYTES);
    cursors.set(consumer, reader.u64());
  }
  reader.end();
  return { entries, sequence, cursors };
}

function writeEntry(out: Writer, { listed, sequence, first, state, blocked }: LogEntry): void {
  const { network, effect, until, category, id, createdAt, mode, organisation, reports } = listed;
  writeNetwork(out, network)
    .u64(sequence)
    .u64(first)
    .u8(STATES.indexOf(state))
    .u8(blocked ? 1 : 0)
    .u8(EFFECTS.indexOf(effect))
    .u8(MODES.indexOf(mode))
    .u8(THREAT_CATEGORIES.indexOf(category))
    .u64(until)
    .u64(createdAt)
    .u16(organisation)
    .fixed(id === '' ? new Uint8Array(32) : fromHex(id), 32);
  // What still counts is known again from the chain.
  const named = state === 'revoked' ? reports : [];
  out.u8(named.length);
  for (const report of named) {
    const encoded = encodeThreatEntry(report);
    out.u16(encoded.length).fixed(encoded, encoded.length);
  }
}

function readEntry(reader: Reader): LogEntry {
  const network = readNetwork(reader);
  const [sequence, first] = [reader.u64(), reader.u64()];
  const state = named(STATES, reader.u8());
  const blocked = named([false, true], reader.u8());
  const effect = named(EFFECTS, reader.u8());
  const mode = named(MODES, reader.u8());
  const category = named(THREAT_CATEGORIES, reader.u8());
  const [until, createdAt, organisation] = [reader.u64(), reader.u64(), reader.u16()];
  const id = reader.fixed(32);
  const reports = Array.from({ length: reader.u8() }, () => decodeThreatEntry(reader.fixed(length(reader))));
  if (reports.length > MAX_NAMED_REPORTS) throw new CodecError({ code: 'codec.value', field: 'reports' });
  const listed = {
    ...{ network, effect, until, category, createdAt, mode, organisation, reports },
    id: mode === 'pin' ? '' : toHex(id),
  };
  return { text: formatNetwork(network), sequence, first, state, blocked, listed };
}

function length(reader: Reader): number {
  const bytes = reader.u16();
  if (bytes > MAX_ENTRY_BYTES) throw new CodecError({ code: 'codec.value', field: 'report' });
  return bytes;
}

function count(reader: Reader, limit: number): number {
  const found = reader.u32();
  if (found > limit) throw new CodecError({ code: 'codec.value', field: 'count' });
  return found;
}

function named<T>(names: readonly T[], number: number): T {
  const name = names[number];
  if (name === undefined) throw new CodecError({ code: 'codec.value', field: 'word' });
  return name;
}
