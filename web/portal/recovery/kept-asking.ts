// The key of a recovery that was begun here: three days pass before it can be finished, so it stays in this browser until then.
// Without the shares of trusted people it opens nothing.
import { fromHex, toHex } from '../../../common/bytes.ts';

const PLACE = 'wardmesh-recovery';

export interface KeptAsking {
  /** As typed. */
  readonly name: string;
  /** 32 bytes (identity/vault/recovery-guardians.ts). */
  readonly seed: Uint8Array;
  /** From when it can be finished, ms. */
  readonly until: number;
}

/** Undefined where there is none, or nothing that this page wrote. */
export function keptAsking(): KeptAsking | undefined {
  try {
    const { name, seed, until } = JSON.parse(localStorage.getItem(PLACE) ?? 'null');
    const bytes = fromHex(seed);
    return bytes.length === 32 && Number.isSafeInteger(until) ? { name: String(name), seed: bytes, until } : undefined;
  } catch {
    return undefined;
  }
}

/** Throws where the browser keeps nothing: then it is not begun. */
export function keepAsking({ name, seed, until }: KeptAsking): void {
  localStorage.setItem(PLACE, JSON.stringify({ name, seed: toHex(seed), until }));
}

export function forgetAsking(): void {
  localStorage.removeItem(PLACE);
}
