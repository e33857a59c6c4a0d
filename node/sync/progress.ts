// What a node is fetching, for whoever watches. Owns no fetching.

/** `done` of `total` blocks, or parts of a snapshot. */
export interface SyncState {
  readonly phase: 'idle' | 'headers' | 'bodies' | 'snapshot-headers' | 'snapshot' | 'backfill';
  readonly done: number;
  readonly total: number;
}

export const IDLE: SyncState = { phase: 'idle', done: 0, total: 0 };
