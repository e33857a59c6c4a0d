// Stands before the database of key rows while keys are being brought back: nobody but the recovery itself reads or writes them
// then, whatever asks. Owns who may pass.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { KeyRowsDatabase } from '../charts/ports.ts';
import { StoreError } from '../store/errors.ts';

export class RecoveryGate {
  private readonly within = new AsyncLocalStorage<true>();
  private shut = false;

  get isShut(): boolean {
    return this.shut;
  }

  close(): void {
    this.shut = true;
  }

  open(): void {
    this.shut = false;
  }

  /** What the work asks for passes. */
  pass<T>(work: () => Promise<T>): Promise<T> {
    return this.within.run(true, work);
  }

  /** Throws StoreError `store.recovering` while it is shut. */
  before(rows: KeyRowsDatabase): KeyRowsDatabase {
    const check = (): void => {
      if (this.shut && this.within.getStore() !== true) throw new StoreError({ code: 'store.recovering' });
    };
    return {
      get: async (key) => {
        check();
        return rows.get(key);
      },
      batch: async (writes) => {
        check();
        await rows.batch(writes);
      },
      async *range(range) {
        check();
        yield* rows.range(range);
      },
    };
  }
}
