// Patients whose records this clinic is asked to erase, one wish of each, by her or a guardian, and what the clinic answered. Owns
// rows; erasing is erasures.ts.
import { EMPTY_BYTES, equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import { rowsOf } from '../../records/rows-of.ts';

/** Bytes of what a patient, or the clinic, wrote of it. */
export const MAX_WISH_TEXT = 2_000;
const PAGE = 512;
const ACCOUNT_BYTES = 32;

/** Who asks, in the order of their bytes. */
const ASKERS = ['patient', 'guardian'] as const;
const OF_PATIENT = 1;
/** Account of a patient who asked for herself: of the erased it finds the wish still. */
const BY_ACCOUNT = 2;
const LAYOUT = 2;

export interface ErasureWish {
  /** The patient as the chain names it. */
  readonly handle: Uint8Array;
  /** Of who asks. */
  readonly account: Uint8Array;
  readonly as: (typeof ASKERS)[number];
  /** Empty once it was accepted: it stands with the erasure. */
  readonly text: string;
  readonly asked: number;
  readonly answer: WishAnswer | undefined;
}

export interface WishAnswer {
  readonly at: number;
  /** Undefined: refused. */
  readonly erasure: Uint8Array | undefined;
  readonly text: string;
}

export class ErasureWishes {
  private readonly store: KeyValueStore;
  private readonly logger: Pick<Logger, 'warn'>;
  private readonly serial = new Serial();

  constructor(modules: { readonly store: KeyValueStore; readonly logger: Pick<Logger, 'warn'> }) {
    this.store = modules.store;
    this.logger = modules.logger;
  }

  /** Before anything else is asked: what an earlier version kept under the account of who asks goes under the patient. */
  async open(): Promise<void> {
    const rows: [Uint8Array, Uint8Array][] = [];
    for await (const [key, bytes] of rowsOf(this.store, EMPTY_BYTES, PAGE))
      if (key.length === ACCOUNT_BYTES) rows.push([key, bytes]);
    for (const [account, bytes] of rows) {
      try {
        const wish = decodeEarlierWish(account, bytes);
        const other = await this.get(wish.handle);
        if (other === undefined || isBefore(wish, other)) await this.put(wish.handle, () => wish);
      } catch (error) {
        if (!(error instanceof CodecError)) throw error;
        this.logger.warn(
          { code: codeOf(error) },
          'what an earlier version kept of a wish cannot be read and stays as it is',
        );
        continue;
      }
      await this.store.delete(account);
    }
  }

  async get(handle: Uint8Array): Promise<ErasureWish | undefined> {
    const bytes = await this.store.get(keyOf(OF_PATIENT, handle));
    return bytes === undefined ? undefined : decodeWish(handle, bytes);
  }

  /** What a patient asked for herself, also once nothing else says whose account it is. */
  async byAccount(account: Uint8Array): Promise<ErasureWish | undefined> {
    const handle = await this.store.get(keyOf(BY_ACCOUNT, account));
    const wish = handle && (await this.get(handle));
    return wish?.as === 'patient' && equalBytes(wish.account, account) ? wish : undefined;
  }

  /** Newest first. */
  async all(): Promise<ErasureWish[]> {
    const found: ErasureWish[] = [];
    for await (const [key, bytes] of rowsOf(this.store, Uint8Array.of(OF_PATIENT), PAGE)) {
      // Of an earlier version, which nobody can read, under an account that begins so.
      if (key.length === ACCOUNT_BYTES) continue;
      found.push(decodeWish(key.slice(1), bytes));
    }
    return found.sort((a, b) => b.asked - a.asked);
  }

  /** One after the other; what `change` makes of the newest is on the disk when it resolves. Undefined takes it away. */
  put(
    handle: Uint8Array,
    change: (wish: ErasureWish | undefined) => Promise<ErasureWish | undefined> | ErasureWish | undefined,
  ): Promise<ErasureWish | undefined> {
    return this.serial.run(async () => {
      const before = await this.get(handle);
      const next = await change(before);
      // Her own alone: a guardian's account may lead to what he asked for himself.
      if (before?.as === 'patient') await this.store.delete(keyOf(BY_ACCOUNT, before.account));
      if (next?.as === 'patient') await this.store.put(keyOf(BY_ACCOUNT, next.account), handle);
      if (next === undefined) await this.store.delete(keyOf(OF_PATIENT, handle));
      else await this.store.put(keyOf(OF_PATIENT, handle), encodeWish(next));
      return next;
    });
  }

  /** What of an erased patient stands here without being the erasure itself. */
  async forget(handle: Uint8Array): Promise<void> {
    await this.put(handle, (wish) => (wish?.answer?.erasure === undefined ? undefined : wish));
  }
}

export function encodeWish({ account, as, text, asked, answer }: ErasureWish): Uint8Array {
  const out = new Writer(128 + text.length).u8(LAYOUT).fixed(account, 32).u8(ASKERS.indexOf(as));
  out.text16(text, MAX_WISH_TEXT).u64(asked);
  if (answer === undefined) return out.u8(0).finish();
  out.u8(answer.erasure === undefined ? 1 : 2).u64(answer.at);
  if (answer.erasure !== undefined) out.fixed(answer.erasure, 32);
  return out.text16(answer.text, MAX_WISH_TEXT).finish();
}

/** Throws CodecError. */
export function decodeWish(handle: Uint8Array, bytes: Uint8Array): ErasureWish {
  const input = new Reader(bytes);
  if (input.u8() !== LAYOUT) throw wrong();
  const account = input.fixed(32);
  const as = ASKERS[input.u8()];
  if (as === undefined) throw wrong();
  return { handle, account, as, ...readRest(input) };
}

/** Of the first layout, which knew patients alone. Throws CodecError. */
export function decodeEarlierWish(account: Uint8Array, bytes: Uint8Array): ErasureWish {
  const input = new Reader(bytes);
  if (input.u8() !== 1) throw wrong();
  return { handle: input.fixed(32), account, as: 'patient', ...readRest(input) };
}

/** Of two accounts' wishes about one patient the one that became an erasure stands, else the newer one. */
function isBefore(wish: ErasureWish, other: ErasureWish): boolean {
  const [taken, otherTaken] = [wish, other].map(({ answer }) => answer?.erasure !== undefined);
  return taken === otherTaken ? wish.asked > other.asked : taken;
}

function readRest(input: Reader): Pick<ErasureWish, 'text' | 'asked' | 'answer'> {
  const about = { text: input.text16(MAX_WISH_TEXT), asked: input.u64() };
  const kind = input.u8();
  if (kind > 2) throw wrong();
  const answer = kind === 0 ? undefined : readAnswer(input, kind === 2);
  input.end();
  return { ...about, answer };
}

function readAnswer(input: Reader, accepted: boolean): WishAnswer {
  const at = input.u64();
  return { at, erasure: accepted ? input.fixed(32) : undefined, text: input.text16(MAX_WISH_TEXT) };
}

function wrong(): CodecError {
  return new CodecError({ code: 'codec.value', field: 'erasure.wish' });
}

function keyOf(table: number, id: Uint8Array): Uint8Array {
  return Uint8Array.of(table, ...id);
}
