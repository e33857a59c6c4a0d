// Which take-overs there are of a patient, and which wait for a word of this clinic, without a walk over all of them. Names them
// alone: what stands in them is read from the chain, which may know nothing of one any more.
import { concatBytes } from '../../common/bytes.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import { rowsOf } from '../../records/rows-of.ts';

/** Those that clinics made what they are come before those that anybody can begin. */
const RANKS = { witnessed: Uint8Array.of(1), open: Uint8Array.of(2), finished: Uint8Array.of(3) } as const;
/** Those that this clinic must look at come before those that it stops. */
const WAITS = { asked: Uint8Array.of(1), objects: Uint8Array.of(2) } as const;
const OF_PATIENT = Uint8Array.of(1);
const WAITING = Uint8Array.of(2);
const HERE = Uint8Array.of(1);
const PAGE = 128;
const ID_BYTES = 32;

export interface TakeOverPlace {
  readonly handle: Uint8Array;
  readonly rank: keyof typeof RANKS;
  /** For a word of this clinic. */
  readonly waits: keyof typeof WAITS | undefined;
}

export class TakeOverIndex {
  private readonly store: KeyValueStore;

  constructor(modules: { readonly store: KeyValueStore }) {
    this.store = modules.store;
  }

  /** May be said again. */
  async note(takeOver: Uint8Array, { handle, rank, waits }: TakeOverPlace): Promise<void> {
    for (const [name, byte] of Object.entries(RANKS)) {
      await this.mark(concatBytes(OF_PATIENT, handle, byte, takeOver), name === rank);
    }
    for (const [name, byte] of Object.entries(WAITS)) {
      await this.mark(concatBytes(WAITING, byte, takeOver), name === waits);
    }
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

  private async mark(key: Uint8Array, here: boolean): Promise<void> {
    const was = (await this.store.get(key)) !== undefined;
    if (here && !was) await this.store.put(key, HERE);
    if (!here && was) await this.store.delete(key);
  }

  private async *under(prefix: Uint8Array): AsyncGenerator<Uint8Array> {
    for await (const [key] of rowsOf(this.store, prefix, PAGE)) yield key.slice(-ID_BYTES);
  }
}
