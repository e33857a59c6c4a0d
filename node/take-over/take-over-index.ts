// Which take-overs there are of a patient, and which wait for a word of this clinic, without a walk over all of them. Names them
// alone: what stands in them is read from the chain, which may know nothing of one any more.
import { concatBytes } from '../../common/bytes.ts';
import type { KeyValueStore } from '../../records/ports.ts';

const OF_PATIENT = Uint8Array.of(1);
const WAITING = Uint8Array.of(2);
const HERE = Uint8Array.of(1);
const PAGE = 512;
const ID_BYTES = 32;

export class TakeOverIndex {
  private readonly store: KeyValueStore;

  constructor(modules: { readonly store: KeyValueStore }) {
    this.store = modules.store;
  }

  /** `waits`: for a word of this clinic. May be said again. */
  async note(takeOver: Uint8Array, handle: Uint8Array, waits: boolean): Promise<void> {
    await this.keep(concatBytes(OF_PATIENT, handle, takeOver));
    const key = concatBytes(WAITING, takeOver);
    if (waits) await this.keep(key);
    else await this.store.delete(key);
  }

  ofPatient(handle: Uint8Array): AsyncGenerator<Uint8Array> {
    return this.under(concatBytes(OF_PATIENT, handle));
  }

  waiting(): AsyncGenerator<Uint8Array> {
    return this.under(WAITING);
  }

  private async keep(key: Uint8Array): Promise<void> {
    if ((await this.store.get(key)) === undefined) await this.store.put(key, HERE);
  }

  private async *under(prefix: Uint8Array): AsyncGenerator<Uint8Array> {
    let after: Uint8Array | undefined;
    for (;;) {
      const page = await this.store.range(prefix, { limit: PAGE, ...(after === undefined ? {} : { after }) });
      for (const [key] of page) yield key.slice(-ID_BYTES);
      if (page.length < PAGE) return;
      after = page[page.length - 1][0];
    }
  }
}
