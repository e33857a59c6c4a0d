// The state as one block sees it: what it wrote so far over what was there. Owns undo within the block, not the database.
import type { StateReader, StateWrite } from './types.ts';

interface Slot {
  /** One UTF-16 unit per byte of the key: names compare as keys do. */
  readonly name: string;
  readonly key: Uint8Array;
  value: Uint8Array | undefined;
  /** Written by this block, not only read. */
  written: boolean;
}

interface Change {
  readonly slot: Slot;
  readonly value: Uint8Array | undefined;
  readonly written: boolean;
}

/** Reads are kept for the block: a row that many statements touch is fetched once. */
export class Overlay implements StateReader {
  private readonly base: StateReader;
  private readonly slots = new Map<string, Slot>();
  private readonly changes: Change[] = [];

  constructor(base: StateReader) {
    this.base = base;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.slot(key).value;
  }

  set(key: Uint8Array, value: Uint8Array): void {
    this.put(key, value);
  }

  delete(key: Uint8Array): void {
    this.put(key, undefined);
  }

  /** A point to come back to. */
  mark(): number {
    return this.changes.length;
  }

  /** Undoes every write since `mark`. */
  revert(mark: number): void {
    for (let i = this.changes.length - 1; i >= mark; i--) {
      const { slot, value, written } = this.changes[i];
      slot.value = value;
      slot.written = written;
    }
    this.changes.length = mark;
  }

  /** Each written row once, with its last value, in the order of keys: the same on every machine. */
  writes(): StateWrite[] {
    const written: Slot[] = [];
    for (const slot of this.slots.values()) if (slot.written) written.push(slot);
    written.sort((a, b) => (a.name < b.name ? -1 : 1));
    return written.map(({ key, value }) => [key, value ?? null] as const);
  }

  private put(key: Uint8Array, value: Uint8Array | undefined): void {
    const slot = this.slot(key);
    this.changes.push({ slot, value: slot.value, written: slot.written });
    slot.value = value;
    slot.written = true;
  }

  private slot(key: Uint8Array): Slot {
    const name = nameOf(key);
    let slot = this.slots.get(name);
    if (slot === undefined) {
      slot = { name, key, value: this.base.get(key), written: false };
      this.slots.set(name, slot);
    }
    return slot;
  }
}

function nameOf(key: Uint8Array): string {
  return String.fromCharCode.apply(null, key as unknown as number[]);
}
