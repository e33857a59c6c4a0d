// Sessions that were ended here and that another branch has not heard of: kept until it has, or until no session of then can
// live any more.
import type { Clock } from '../../common/clock.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import { decodeRequest, type Ending, encodeRequest } from './wire.ts';

/** For one branch; beyond it the oldest are forgotten, and its sessions end by their age. */
export const MAX_WAITING_ENDINGS = 4_096;
/** The longest that a session may be set to live (session.maxLifetime). */
const KEPT_MS = 7 * 86_400_000;
const ROW = 0x65;

interface Pending {
  readonly number: number;
  readonly time: number;
  readonly ending: Ending;
}

export class PendingEndings {
  private readonly modules: { readonly database: LocalDatabase; readonly clock: Pick<Clock, 'now'> };
  /** By clinic, oldest first. */
  private readonly waiting = new Map<number, Pending[]>();
  private last = 0;

  constructor(modules: { readonly database: LocalDatabase; readonly clock: Pick<Clock, 'now'> }) {
    this.modules = modules;
  }

  async start(): Promise<void> {
    for await (const [key, value] of this.modules.database.range({ prefix: Uint8Array.of(ROW) })) {
      const [name, input] = [new Reader(key.subarray(1)), new Reader(value)];
      const clinic = name.u16();
      const pending = { number: name.u64(), time: input.u64(), request: decodeRequest(input.fixed(input.left)) };
      if (pending.request.type === 'end') this.of(clinic).push({ ...pending, ending: pending.request.ending });
      this.last = Math.max(this.last, pending.number);
    }
  }

  async add(clinic: number, ending: Ending): Promise<void> {
    const { database, clock } = this.modules;
    const waiting = this.of(clinic);
    const pending = { number: ++this.last, time: Math.floor(clock.now()), ending };
    const request = encodeRequest({ type: 'end', ending });
    const value = new Writer(64).u64(pending.time).fixed(request, request.length).finish();
    await database.batch([{ type: 'put', key: rowKey(clinic, pending.number), value }], { sync: true });
    waiting.push(pending);
    while (waiting.length > MAX_WAITING_ENDINGS) await this.remove(clinic, waiting[0].number);
  }

  /** What the branch is to be told next. */
  first(clinic: number): Pending | undefined {
    const now = this.modules.clock.now();
    return this.of(clinic).find(({ time }) => now < time + KEPT_MS);
  }

  /** That one and all before it. */
  async remove(clinic: number, number: number): Promise<void> {
    const waiting = this.of(clinic);
    const at = waiting.findIndex((pending) => pending.number === number);
    const gone = waiting.splice(0, at + 1);
    await this.modules.database.batch(gone.map((one) => ({ type: 'del', key: rowKey(clinic, one.number) }) as const));
  }

  private of(clinic: number): Pending[] {
    const known = this.waiting.get(clinic);
    if (known !== undefined) return known;
    const fresh: Pending[] = [];
    this.waiting.set(clinic, fresh);
    return fresh;
  }
}

function rowKey(clinic: number, number: number): Uint8Array {
  return new Writer(11).u8(ROW).u16(clinic).u64(number).finish();
}
