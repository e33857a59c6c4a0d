// What patients decided at this clinic, with what their devices signed, and which accesses they said look wrong. Owns rows.
import { concatBytes, EMPTY_BYTES, equalBytes } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { KeyValue, KeyValueStore } from '../../records/ports.ts';
import { rowsOf } from '../../records/rows-of.ts';
import { MAX_WORD_BYTES } from '../../records/vault/word.ts';

/** As it was signed: proof that the clinic did not decide by itself. */
export interface SignedWord {
  readonly word: Uint8Array;
  /** Device key. */
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
}

export interface KnownShare extends SignedWord {
  /** `shareOf` the word. */
  readonly share: Uint8Array;
  /** Consents that were given on it. */
  readonly consents: readonly Uint8Array[];
}

export interface Dispute {
  /** Whose records were looked at. */
  readonly handle: Uint8Array;
  /** Who said it: she, or somebody who acts for her. */
  readonly account: Uint8Array;
  /** Number of the access. */
  readonly event: number;
  /** ms. */
  readonly at: number;
  readonly text: string;
}

/** Permits and disputes of one patient; disputes of all that are shown. */
export const MAX_WORDS = 1_000;
/** Disputes of one patient among those of all: nobody's crowd out others'. */
export const MAX_SHOWN_DISPUTES = 50;
export const MAX_DISPUTE_TEXT = 4_000;
/** Rows that are read at once. */
const PAGE = 500;
const SHARE = 1;
const STOP = 2;
const DISPUTE = 3;

export class PatientWords {
  private readonly store: KeyValueStore;

  constructor(modules: { readonly store: KeyValueStore }) {
    this.store = modules.store;
  }

  /** On the disk when it resolves. */
  keepShare(handle: Uint8Array, known: KnownShare): Promise<void> {
    return this.store.put(keyOf(SHARE, handle, known.share), encodeShare(known));
  }

  /** Of a word that a later one says too. */
  dropShare(handle: Uint8Array, share: Uint8Array): Promise<void> {
    return this.store.delete(keyOf(SHARE, handle, share));
  }

  /** The word that ended a share, or one consent. */
  keepStop(handle: Uint8Array, about: Uint8Array, word: SignedWord): Promise<void> {
    return this.store.put(keyOf(STOP, handle, about), encodeShare({ ...word, share: about, consents: [] }));
  }

  async share(handle: Uint8Array, share: Uint8Array): Promise<KnownShare | undefined> {
    const bytes = await this.store.get(keyOf(SHARE, handle, share));
    return bytes === undefined ? undefined : decodeShare(share, bytes);
  }

  async shares(handle: Uint8Array): Promise<KnownShare[]> {
    const shares: KnownShare[] = [];
    for await (const [key, bytes] of this.rows(SHARE, handle)) shares.push(decodeShare(key.slice(33), bytes));
    return shares;
  }

  keepDispute({ handle, account, event, at, text }: Dispute): Promise<void> {
    const value = new Writer(96 + text.length).fixed(account, 32).u64(at).text16(text, MAX_DISPUTE_TEXT).finish();
    return this.store.put(keyOf(DISPUTE, handle, eventBytes(event)), value);
  }

  async disputes(handle: Uint8Array): Promise<Dispute[]> {
    const disputes: Dispute[] = [];
    for await (const row of this.rows(DISPUTE, handle)) disputes.push(decodeDispute(row));
    return disputes;
  }

  /** The newest of all patients, newest first. */
  async newestDisputes(): Promise<Dispute[]> {
    let newest: Dispute[] = [];
    let theirs: Dispute[] = [];
    const take = (): void => {
      newest.push(...theirs.sort(newestFirst).slice(0, MAX_SHOWN_DISPUTES));
      if (newest.length > 2 * MAX_WORDS) newest = newest.sort(newestFirst).slice(0, MAX_WORDS);
    };
    // One patient's stand together.
    for await (const row of this.rows(DISPUTE, EMPTY_BYTES)) {
      const dispute = decodeDispute(row);
      if (theirs.length > 0 && !equalBytes(theirs[0].handle, dispute.handle)) {
        take();
        theirs = [];
      }
      theirs.push(dispute);
    }
    take();
    return newest.sort(newestFirst).slice(0, MAX_WORDS);
  }

  /** Of an erased patient nothing stays. */
  async forget(handle: Uint8Array): Promise<void> {
    for (const table of [SHARE, STOP, DISPUTE]) {
      for (;;) {
        const rows = await this.store.range(keyOf(table, handle, EMPTY_BYTES), { limit: PAGE });
        for (const [key] of rows) await this.store.delete(key);
        if (rows.length < PAGE) break;
      }
    }
  }

  private rows(table: number, handle: Uint8Array): AsyncGenerator<KeyValue> {
    return rowsOf(this.store, keyOf(table, handle, EMPTY_BYTES), PAGE);
  }
}

function newestFirst(a: Dispute, b: Dispute): number {
  return b.at - a.at;
}

function decodeDispute([key, bytes]: KeyValue): Dispute {
  const [name, value] = [new Reader(key.subarray(1)), new Reader(bytes)];
  const [handle, event, account] = [name.fixed(32), name.u64(), value.fixed(32)];
  return { handle, account, event, at: value.u64(), text: value.text16(MAX_DISPUTE_TEXT) };
}

function encodeShare({ word, key, signature, consents }: KnownShare): Uint8Array {
  const out = new Writer(512).bytes16(word, MAX_WORD_BYTES).fixed(key, 32).fixed(signature, 64).u8(consents.length);
  for (const consent of consents) out.fixed(consent, 32);
  return out.finish();
}

function decodeShare(share: Uint8Array, bytes: Uint8Array): KnownShare {
  const input = new Reader(bytes);
  const word = input.bytes16(MAX_WORD_BYTES);
  const [key, signature, count] = [input.fixed(32), input.fixed(64), input.u8()];
  return { share, word, key, signature, consents: Array.from({ length: count }, () => input.fixed(32)) };
}

function eventBytes(event: number): Uint8Array {
  return new Writer(8).u64(event).finish();
}

function keyOf(table: number, handle: Uint8Array, rest: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(table), handle, rest);
}
