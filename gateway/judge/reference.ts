// The opaque reference of a decision: shown to the visitor, found in the log. Says nothing by itself.

export const REFERENCE_CHARS = 12;
/** Without letters that are read for digits. */
const ALPHABET = new TextEncoder().encode('abcdefghijkmnpqrstuvwxyz23456789');
const text = new TextDecoder();
const POOLED = 256 * REFERENCE_CHARS;

export interface ReferencesModules {
  random(length: number): Uint8Array;
}

/** Takes randomness in large pieces: one call for each request would cost more than the judging. */
export class References {
  private readonly modules: ReferencesModules;
  /** References to come, one after the other: cut out of one text each is one string, put together a dozen. */
  private pool = '';
  private at = 0;

  constructor(modules: ReferencesModules) {
    this.modules = modules;
  }

  /** 60 bits in REFERENCE_CHARS characters. */
  next(): string {
    if (this.at + REFERENCE_CHARS > this.pool.length) {
      this.pool = text.decode(this.modules.random(POOLED).map((byte) => ALPHABET[byte & 31]));
      this.at = 0;
    }
    this.at += REFERENCE_CHARS;
    return this.pool.slice(this.at - REFERENCE_CHARS, this.at);
  }
}
