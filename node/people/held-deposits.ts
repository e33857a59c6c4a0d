// What other organisations deposit at this clinic of their persons' vaults: sealed for them, so rows of bytes and a time here.
// Owns how much there is room for and which of two deposits stays; nothing in here can be read.
import { concatBytes, fromHex, toHex } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { Serial } from '../../common/serial.ts';
import type { UserId } from '../../identity/people/types.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import type { LocalDatabase } from '../store/local-database.ts';

/** Deposits of one organisation at this clinic, and their bytes. */
export const MAX_DEPOSITS = 100_000;
export const MAX_DEPOSITED_BYTES = 4 * 1024 * 1024 * 1024;
/** Deposits in one answer; fewer than that, and there are no more. */
export const DEPOSIT_BATCH = 64;

/** Prefix of their rows. */
const HELD = 0x76;

/** What one organisation has here; `bytes` with the time of each. */
export interface Held {
  readonly count: number;
  readonly bytes: number;
}

export class HeldDeposits {
  private readonly database: LocalDatabase;
  /** By organisation. */
  private readonly held = new Map<number, Held>();
  /** Two at once for one user would count what only one of them took away. */
  private readonly keeping = new Serial();

  constructor(modules: { readonly database: LocalDatabase }) {
    this.database = modules.database;
  }

  async start(): Promise<void> {
    for await (const [key, value] of this.database.range({ prefix: Uint8Array.of(HELD) })) {
      this.count(new Reader(key.subarray(1)).u16(), 1, value.length);
    }
  }

  of(organisation: number): Held {
    return this.held.get(organisation) ?? { count: 0, bytes: 0 };
  }

  /** In the place of an older one; nothing sealed takes it away. Throws ProtocolError `p2p.unavailable` when there is no room. */
  keep(organisation: number, user: UserId, time: number, sealed: Uint8Array): Promise<void> {
    return this.keeping.run(() => this.replace(organisation, user, time, sealed));
  }

  /** Of one organisation, ascending by user; at most DEPOSIT_BATCH. */
  async *after(
    organisation: number,
    user: UserId,
  ): AsyncGenerator<{ readonly user: UserId; readonly sealed: Uint8Array }> {
    let count = 0;
    const range = { prefix: heldKey(organisation), after: heldKey(organisation, user) };
    for await (const [key, value] of this.database.range(range)) {
      yield { user: toHex(key.subarray(3)), sealed: value.subarray(8) };
      if (++count >= DEPOSIT_BATCH) return;
    }
  }

  private async replace(organisation: number, user: UserId, time: number, sealed: Uint8Array): Promise<void> {
    const key = heldKey(organisation, user);
    const known = await this.database.get(key);
    if (known !== undefined && new Reader(known).u64() > time) return;
    const held = this.of(organisation);
    const more = sealed.length - (known?.length ?? 0);
    const full = (known === undefined && held.count >= MAX_DEPOSITS) || held.bytes + more > MAX_DEPOSITED_BYTES;
    if (full && sealed.length > 0) throw new ProtocolError({ code: 'p2p.unavailable', reason: 'full' });
    if (known !== undefined) this.count(organisation, -1, -known.length);
    if (sealed.length === 0) {
      await this.database.batch([{ type: 'del', key }], { sync: true });
      return;
    }
    const value = new Writer(8 + sealed.length).u64(time).fixed(sealed, sealed.length).finish();
    await this.database.batch([{ type: 'put', key, value }], { sync: true });
    this.count(organisation, 1, value.length);
  }

  private count(organisation: number, count: number, bytes: number): void {
    const held = this.of(organisation);
    this.held.set(organisation, { count: held.count + count, bytes: held.bytes + bytes });
  }
}

function heldKey(organisation: number, user: UserId | '' = ''): Uint8Array {
  return concatBytes(new Writer(3).u8(HELD).u16(organisation).finish(), fromHex(user));
}
