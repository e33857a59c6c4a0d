// Which take-overs there are of a patient, which wait for a word of this clinic, and of which somebody may have to be told, without
// a walk over all of them. Names them alone: what stands in them is read from the chain, which may know nothing of one any more.
import { concatBytes } from '../../common/bytes.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import { rowsOf } from '../../records/rows-of.ts';

/** Those that clinics made what they are come before those that anybody can begin. */
const RANKS = { witnessed: Uint8Array.of(1), open: Uint8Array.of(2), finished: Uint8Array.of(3) } as const;
/** Those that this clinic must look at come before those that it stops. */
const WAITS = { asked: Uint8Array.of(1), objects: Uint8Array.of(2) } as const;
const OF_PATIENT = Uint8Array.of(1);
const WAITING = Uint8Array.of(2);
/** By patient: who cannot be told is passed over as one. */
const TELL_BEGUN = Uint8Array.of(3);
const TELL_ASKED = Uint8Array.of(4);
const HERE = Uint8Array.of(1);
const PAGE = 128;
const ID_BYTES = 32;
const LAST = new Uint8Array(ID_BYTES).fill(0xff);

export interface TakeOverPlace {
  readonly handle: Uint8Array;
  readonly rank: keyof typeof RANKS;
  /** For a word of this clinic. */
  readonly waits: keyof typeof WAITS | undefined;
  /** Whether this clinic holds the patient, and it is not over. */
  readonly concerns: boolean;
}

export interface ToTell {
  readonly takeOver: Uint8Array;
  /** For `unmark`. */
  readonly mark: Uint8Array;
}

export class TakeOverIndex {
  private readonly store: KeyValueStore;

  constructor(modules: { readonly store: KeyValueStore }) {
    this.store = modules.store;
  }

  /** May be said again. */
  async note(takeOver: Uint8Array, { handle, rank, waits, concerns }: TakeOverPlace): Promise<void> {
    for (const [name, byte] of Object.entries(RANKS)) {
      await this.mark(concatBytes(OF_PATIENT, handle, byte, takeOver), name === rank);
    }
    for (const [name, byte] of Object.entries(WAITS)) {
      await this.mark(concatBytes(WAITING, byte, takeOver), name === waits);
    }
    await this.mark(concatBytes(TELL_BEGUN, handle, takeOver), concerns);
    await this.mark(concatBytes(TELL_ASKED, takeOver), waits === 'asked');
  }

  /** Witnessed ones first, finished ones last; one that is being noted may come twice. */
  ofPatient(handle: Uint8Array): AsyncGenerator<Uint8Array> {
    return this.under(concatBytes(OF_PATIENT, handle));
  }

  /** `code`: how its id begins. */
  async *ofCode(handle: Uint8Array, code: Uint8Array): AsyncGenerator<Uint8Array> {
    for (const byte of Object.values(RANKS)) yield* this.under(concatBytes(OF_PATIENT, handle, byte, code));
  }

  /** Those that ask this clinic first. */
  waiting(): AsyncGenerator<Uint8Array> {
    return this.under(WAITING);
  }

  /** Of whose take-overs somebody may have to be told that they begin; each once. */
  async *patientsToTell(): AsyncGenerator<Uint8Array> {
    let after: Uint8Array | undefined;
    for (;;) {
      const [row] = await this.store.range(TELL_BEGUN, { limit: 1, ...(after === undefined ? {} : { after }) });
      if (row === undefined) return;
      const [key] = row;
      yield key.slice(TELL_BEGUN.length, -ID_BYTES);
      after = concatBytes(key.subarray(0, -ID_BYTES), LAST);
    }
  }

  begunToTell(handle: Uint8Array): AsyncGenerator<ToTell> {
    return this.toTell(concatBytes(TELL_BEGUN, handle));
  }

  askedToTell(): AsyncGenerator<ToTell> {
    return this.toTell(TELL_ASKED);
  }

  /** Until it is noted again. */
  unmark(mark: Uint8Array): Promise<void> {
    return this.store.delete(mark);
  }

  remark(mark: Uint8Array): Promise<void> {
    return this.store.put(mark, HERE);
  }

  private async *toTell(prefix: Uint8Array): AsyncGenerator<ToTell> {
    for await (const [mark] of rowsOf(this.store, prefix, PAGE)) yield { mark, takeOver: mark.slice(-ID_BYTES) };
  }

  private async mark(key: Uint8Array, here: boolean): Promise<void> {
    const was = (await this.store.get(key)) !== undefined;
    if (here && !was) await this.store.put(key, HERE);
    if (!here && was) await this.store.delete(key);
  }

  private async *under(prefix: Uint8Array): AsyncGenerator<Uint8Array> {
    for await (const [key] of rowsOf(this.store, prefix, PAGE)) yield key.slice(-ID_BYTES);
  }
}
