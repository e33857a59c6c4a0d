// Erasures and holds that this clinic asked for, and erasures of other clinics' charts that it carried out. What is left of an
// erased chart here is its random name, so that nothing of it is taken in again. Owns rows only.
import { EMPTY_BYTES, toHex } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { Serial } from '../../common/serial.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import { rowsOf } from '../../records/rows-of.ts';

/** Bytes of the words that say why. */
export const MAX_ERASURE_TEXT = 2_000;
/** Of a statement that asks for an erasure or a hold, bytes. */
const MAX_SAYING_BYTES = 4_096;
const MAX_PID_TEXT = 128;
const VERSION = 2;
const PAGE = 512;
const KINDS = ['erasure', 'hold'] as const;

export interface KnownErasure {
  readonly kind: (typeof KINDS)[number];
  /** Its object on the chain. */
  readonly object: Uint8Array;
  /** Whose chart. */
  readonly clinic: ClinicNumber;
  readonly chart: Uint8Array;
  /** The patient as the chain names it. */
  readonly handle: Uint8Array;
  /** What finds her resources here, kept until they are gone; empty: another clinic's patient, or one that nothing tells of. */
  readonly pid: string;
  /** Pseudonyms that the statement names; none of other clinics' erasures. */
  readonly subjects: readonly Uint8Array[];
  readonly text: string;
  /** Account; zeros: the operator, or another clinic. */
  readonly by: Uint8Array;
  readonly asked: number;
  /** The statement, while the outbox may not have it yet; empty after. */
  readonly saying: Uint8Array;
  /** ms, of the block that approved it; 0: not known here yet. What was written later is a patient's who comes back. */
  readonly approved: number;
  /** ms; 0: not yet. Of a hold: when it was released. */
  readonly done: number;
  /** Rows that were shredded. */
  readonly removed: number;
  /** Clinics that have carried it out, of an own one. */
  readonly told: readonly ClinicNumber[];
}

export interface ErasedRow {
  readonly clinic: ClinicNumber;
  readonly chart: Uint8Array;
  /** ms. */
  readonly written: number;
}

export class ErasureBook {
  private readonly store: KeyValueStore;
  private readonly known = new Map<string, KnownErasure>();
  /** Until when what was written of charts is erased, ms, by clinic and name. */
  private readonly erased = new Map<string, number>();
  private readonly writing = new Serial();

  constructor(modules: { readonly store: KeyValueStore }) {
    this.store = modules.store;
  }

  async start(): Promise<void> {
    for await (const [key, value] of rowsOf(this.store, EMPTY_BYTES, PAGE)) this.take(decodeErasure(key, value));
  }

  get(object: Uint8Array): KnownErasure | undefined {
    return this.known.get(toHex(object));
  }

  /** Newest first. */
  all(): KnownErasure[] {
    return [...this.known.values()].sort((a, b) => b.asked - a.asked);
  }

  /** Whether what was written then is among what was erased: a patient who comes back begins anew. */
  isErased(row: ErasedRow): boolean {
    return row.written <= (this.erasedUntil(row) ?? -1);
  }

  /** ms; undefined: nothing of the chart was erased. */
  erasedUntil({ clinic, chart }: Omit<ErasedRow, 'written'>): number | undefined {
    return this.erased.get(`${clinic}/${toHex(chart)}`);
  }

  /** On the disk when it resolves; `change` sees the newest. */
  put(made: KnownErasure, change: (known: KnownErasure) => KnownErasure = (known) => known): Promise<KnownErasure> {
    return this.writing.run(async () => {
      const next = change(this.get(made.object) ?? made);
      await this.store.put(next.object, encodeErasure(next));
      this.take(next);
      return next;
    });
  }

  private take(known: KnownErasure): void {
    this.known.set(toHex(known.object), known);
    if (known.kind !== 'erasure' || known.approved === 0) return;
    const name = `${known.clinic}/${toHex(known.chart)}`;
    this.erased.set(name, Math.max(known.approved, this.erased.get(name) ?? 0));
  }
}

export function encodeErasure(known: KnownErasure): Uint8Array {
  const out = new Writer(512)
    .u8(VERSION)
    .u8(KINDS.indexOf(known.kind) + 1)
    .u16(known.clinic);
  out.fixed(known.chart, 32).fixed(known.handle, 32).text16(known.text, MAX_ERASURE_TEXT).fixed(known.by, 32);
  out.u64(known.asked).u64(known.done).u32(known.removed).u16(known.subjects.length);
  for (const subject of known.subjects) out.fixed(subject, 32);
  out.u16(known.told.length);
  for (const clinic of known.told) out.u16(clinic);
  return out.text16(known.pid, MAX_PID_TEXT).bytes16(known.saying).u64(known.approved).finish();
}

export function decodeErasure(object: Uint8Array, bytes: Uint8Array): KnownErasure {
  const input = new Reader(bytes);
  const version = input.u8();
  const kind = KINDS[input.u8() - 1];
  if ((version !== 1 && version !== VERSION) || kind === undefined)
    throw new CodecError({ code: 'codec.value', field: 'erasure.row' });
  const about = { clinic: input.u16(), chart: input.fixed(32), handle: input.fixed(32) };
  const why = { text: input.text16(MAX_ERASURE_TEXT), by: input.fixed(32) };
  const times = { asked: input.u64(), done: input.u64(), removed: input.u32() };
  const subjects = Array.from({ length: input.u16() }, () => input.fixed(32));
  const told = Array.from({ length: input.u16() }, () => input.u16());
  // Rows of the first version say only when it was done.
  const later =
    version === 1
      ? { pid: '', saying: EMPTY_BYTES, approved: kind === 'erasure' ? times.done : 0 }
      : { pid: input.text16(MAX_PID_TEXT), saying: input.bytes16(MAX_SAYING_BYTES), approved: input.u64() };
  input.end();
  return { kind, object, ...about, ...why, ...times, subjects, told, ...later };
}
