// The opaque reference of a decision: shown to the visitor, found in the log. Says nothing by itself.

export const REFERENCE_CHARS = 12;
/** Without letters that are read for digits. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const POOLED = 256 * REFERENCE_CHARS;

export interface ReferencesModules {
  random(length: number): Uint8Array;
}

/** Takes randomness in large pieces: one call for each request would cost more than the judging. */
export class References {
  private readonly modules: ReferencesModules;
  private pool: Uint8Array = new Uint8Array(0);
  private at = 0;

  constructor(modules: ReferencesModules) {
    this.modules = modules;
  }

  /** 60 bits in REFERENCE_CHARS characters. */
  next(): string {
    if (this.at + REFERENCE_CHARS > this.pool.length) {
      this.pool = this.modules.random(POOLED);
      this.at = 0;
    }
    let text = '';
    for (const end = this.at + REFERENCE_CHARS; this.at < end; this.at++) text += ALPHABET[this.pool[this.at] & 31];
    return text;
  }
}
