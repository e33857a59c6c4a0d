// Patients who ask this clinic to erase what it wrote of them, one wish of each account, and what the clinic answered. Owns rows;
// erasing is erasures.ts.
import { EMPTY_BYTES, equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { Serial } from '../../common/serial.ts';
import type { KeyValueStore } from '../../records/ports.ts';

/** Bytes of what a patient, or the clinic, wrote of it. */
export const MAX_WISH_TEXT = 2_000;
const PAGE = 512;

export interface ErasureWish {
  readonly account: Uint8Array;
  /** The patient as the chain names it. */
  readonly handle: Uint8Array;
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
  private readonly serial = new Serial();

  constructor(modules: { readonly store: KeyValueStore }) {
    this.store = modules.store;
  }

  async get(account: Uint8Array): Promise<ErasureWish | undefined> {
    const bytes = await this.store.get(account);
    return bytes === undefined ? undefined : decodeWish(account, bytes);
  }

  /** Newest first. */
  async all(): Promise<ErasureWish[]> {
    const found: ErasureWish[] = [];
    let after: Uint8Array | undefined;
    for (;;) {
      const page = await this.store.range(EMPTY_BYTES, { limit: PAGE, ...(after === undefined ? {} : { after }) });
      for (const [account, bytes] of page) found.push(decodeWish(account, bytes));
      if (page.length < PAGE) return found.sort((a, b) => b.asked - a.asked);
      after = page[page.length - 1][0];
    }
  }

  /** One after the other; what `change` makes of the newest is on the disk when it resolves. Undefined takes it away. */
  put(
    account: Uint8Array,
    change: (wish: ErasureWish | undefined) => Promise<ErasureWish | undefined> | ErasureWish | undefined,
  ): Promise<ErasureWish | undefined> {
    return this.serial.run(async () => {
      const next = await change(await this.get(account));
      if (next === undefined) await this.store.delete(account);
      else await this.store.put(account, encodeWish(next));
      return next;
    });
  }

  /** What of an erased patient stands here without being the erasure itself. */
  async forget(handle: Uint8Array): Promise<void> {
    for (const wish of await this.all()) {
      const gone = equalBytes(wish.handle, handle) && wish.answer?.erasure === undefined;
      if (gone) await this.put(wish.account, () => undefined);
    }
  }
}

export function encodeWish({ handle, text, asked, answer }: ErasureWish): Uint8Array {
  const out = new Writer(128 + text.length).u8(1).fixed(handle, 32).text16(text, MAX_WISH_TEXT).u64(asked);
  if (answer === undefined) return out.u8(0).finish();
  out.u8(answer.erasure === undefined ? 1 : 2).u64(answer.at);
  if (answer.erasure !== undefined) out.fixed(answer.erasure, 32);
  return out.text16(answer.text, MAX_WISH_TEXT).finish();
}

/** Throws CodecError. */
export function decodeWish(account: Uint8Array, bytes: Uint8Array): ErasureWish {
  const input = new Reader(bytes);
  if (input.u8() !== 1) throw new CodecError({ code: 'codec.value', field: 'erasure.wish' });
  const about = { account, handle: input.fixed(32), text: input.text16(MAX_WISH_TEXT), asked: input.u64() };
  const kind = input.u8();
  if (kind > 2) throw new CodecError({ code: 'codec.value', field: 'erasure.wish' });
  const answer = kind === 0 ? undefined : readAnswer(input, kind === 2);
  input.end();
  return { ...about, answer };
}

function readAnswer(input: Reader, accepted: boolean): WishAnswer {
  const at = input.u64();
  return { at, erasure: accepted ? input.fixed(32) : undefined, text: input.text16(MAX_WISH_TEXT) };
}
