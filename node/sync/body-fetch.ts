// Bodies of verified headers, from several peers at once, into the chain in order. Each peer has a share of the window; what
// it does not give in time is asked of another. Owns who is asked for what; the chain decides what is valid.
import { equalBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { signedHeaderOf } from '../../consensus/chain/block.ts';
import { BlockError, condemnsId } from '../../consensus/chain/errors.ts';
import { blockId } from '../../consensus/chain/header.ts';
import type { Chain, ImportResult } from '../chain/chain.ts';
import { encodeHashes, MAX_HASHES } from '../wire.ts';
import { SyncError } from './errors.ts';
import type { HeaderRef } from './header-chain.ts';
import type { PeerRequests } from './peer-requests.ts';
import { BLOCKS_BY_HASH } from './protocols.ts';

/** Fetched and not yet handed to the chain, with what is asked for; by the mean size of the blocks so far. */
const WINDOW_BYTES = 4 * 1024 * 1024;
const MAX_WINDOW_BLOCKS = 512;
/** What one peer is asked for at one time. */
const SHARE_BYTES = 1 * 1024 * 1024;
/** Until blocks have come. */
const FIRST_GUESS_BYTES = 256 * 1024;
/** Blocks in the chain's hands before the oldest of them must have been imported, and their bytes. */
const IMPORT_WINDOW = 16;
const IMPORT_BYTES = 1 * 1024 * 1024;
/** A share that takes longer is asked of another peer; it is less than one block of full size a second. */
const SHARE_MS = 15_000;
/** A body that was asked for so long ago is asked of another peer as well. */
const PATIENCE_MS = 2_000;
/** Errors of a peer's answers after which it is left alone in this fetch. */
const MAX_FAILURES = 3;

export interface BodyFetchOptions {
  readonly headers: readonly HeaderRef[];
  /** Who gave the headers: it has the bodies, or it lied. */
  readonly provider: string;
  /** Height of the oldest body that the provider says it has. */
  readonly oldestBody: number;
  readonly ended: AbortSignal;
}

export interface BodyFetchModules {
  readonly chain: Pick<Chain, 'import'>;
  readonly requests: PeerRequests;
  /** Connected peers that may have blocks of that height. */
  peers(height: number): readonly string[];
  blame(peerId: string, error: unknown): Promise<void>;
  /** `fresh`: nobody else had brought it before. */
  onImported(height: number, fresh: boolean): void;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Fetched {
  readonly bytes: Uint8Array;
  readonly from: string;
}

interface InHand {
  readonly index: number;
  readonly from: string;
  readonly bytes: number;
  readonly result: Promise<ImportResult>;
  over: boolean;
}

export class BodyFetch {
  private readonly options: BodyFetchOptions;
  private readonly modules: BodyFetchModules;
  private readonly fetched = new Map<number, Fetched>();
  /** Indexes that somebody is asked for now, with the time when the last was. */
  private readonly asked = new Map<number, number>();
  private readonly busy = new Set<string>();
  private readonly failures = new Map<string, number>();
  /** What a peer did not have when it was asked. */
  private readonly lacks = new Map<string, Set<number>>();
  private readonly inHand: InHand[] = [];
  private bytesInHand = 0;
  private bytes = 0;
  private received = 0;
  private next = 0;
  private done = 0;
  private wake: () => void = () => {};
  private over = false;

  constructor(options: BodyFetchOptions, modules: BodyFetchModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Resolves when all are imported; throws SyncError `sync.stalled`, or what makes a block invalid whoever sends it. */
  async run(): Promise<void> {
    const { headers, ended } = this.options;
    try {
      while (this.done < headers.length && !ended.aborted) {
        const changed = new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        this.askIdle();
        if (this.handOver()) continue;
        if (this.inHand[0]?.over) await this.settle(this.inHand[0]);
        else if (this.inHand.length > 0 || this.busy.size > 0) await this.patiently(changed);
        else throw new SyncError({ code: 'sync.stalled', height: headers[this.next].height });
      }
    } finally {
      this.over = true;
      await Promise.allSettled(this.inHand.map(({ result }) => result));
    }
  }

  /** Also without news it looks again now and then: who is slow is not waited for while others are idle. */
  private async patiently(changed: Promise<void>): Promise<void> {
    const { clock } = this.modules;
    const timer = clock.setTimeout(() => this.wake(), PATIENCE_MS);
    await changed;
    clock.clearTimeout(timer);
  }

  /** Gives the chain the next block, if it is here and the chain has room. */
  private handOver(): boolean {
    const ready = this.fetched.get(this.next);
    const full = this.inHand.length >= IMPORT_WINDOW || (this.bytesInHand > IMPORT_BYTES && this.inHand.length > 1);
    if (ready === undefined || full) return false;
    this.fetched.delete(this.next);
    const { bytes, from } = ready;
    const result = this.modules.chain.import(bytes, from);
    const block: InHand = { index: this.next++, from, bytes: bytes.length, result, over: false };
    const ended = (): void => {
      block.over = true;
      this.wake();
    };
    result.then(ended, ended);
    this.inHand.push(block);
    this.bytesInHand += bytes.length;
    return true;
  }

  /** The oldest in hand has ended, one way or the other. */
  private async settle(oldest: InHand): Promise<void> {
    this.inHand.shift();
    this.bytesInHand -= oldest.bytes;
    try {
      const { status } = await oldest.result;
      if (status === 'held' || status === 'orphan') {
        throw new SyncError({ code: 'sync.stalled', height: this.options.headers[oldest.index].height });
      }
      this.done = oldest.index + 1;
      this.modules.onImported(this.options.headers[oldest.index].height, status !== 'known');
    } catch (error) {
      await this.refused(oldest, error);
    }
  }

  /** A body that its header does not cover is the fault of who sent it: another may have the right one. */
  private async refused(bad: InHand, error: unknown): Promise<void> {
    await this.modules.blame(bad.from, error);
    const another = error instanceof CodecError || (error instanceof BlockError && !condemnsId(error));
    if (!another) throw error;
    this.lack(bad.from, bad.index);
    await Promise.allSettled(this.inHand.map(({ result }) => result));
    // What was handed over after it had no parent: it comes again.
    this.inHand.length = 0;
    this.bytesInHand = 0;
    this.next = bad.index;
  }

  private askIdle(): void {
    const { headers } = this.options;
    const mean = this.received === 0 ? FIRST_GUESS_BYTES : Math.max(1024, this.bytes / this.received);
    const window = Math.min(MAX_WINDOW_BLOCKS, Math.max(4, Math.floor(WINDOW_BYTES / mean)));
    const share = Math.min(MAX_HASHES, Math.max(1, Math.floor(SHARE_BYTES / mean)));
    const end = Math.min(headers.length, this.next + window);
    const now = this.modules.clock.monotonic();
    for (const peer of this.modules.peers(headers[Math.min(this.next, headers.length - 1)].height)) {
      if (this.busy.has(peer) || (this.failures.get(peer) ?? 0) >= MAX_FAILURES) continue;
      const wanted: number[] = [];
      for (let i = this.next; i < end && wanted.length < share; i++) {
        const late = now - (this.asked.get(i) ?? Number.NEGATIVE_INFINITY) >= PATIENCE_MS;
        const free = !this.fetched.has(i) && late && this.lacks.get(peer)?.has(i) !== true;
        if (free) wanted.push(i);
      }
      if (wanted.length > 0) void this.ask(peer, wanted);
    }
  }

  private async ask(peer: string, wanted: readonly number[]): Promise<void> {
    const { headers } = this.options;
    this.busy.add(peer);
    const now = this.modules.clock.monotonic();
    for (const index of wanted) this.asked.set(index, now);
    let at = 0;
    try {
      const request = encodeHashes(wanted.map((index) => headers[index].id));
      for await (const bytes of this.modules.requests.request(peer, BLOCKS_BY_HASH.protocol, request, SHARE_MS)) {
        const id = blockId(signedHeaderOf(bytes).header);
        while (at < wanted.length && !equalBytes(headers[wanted[at]].id, id)) this.lack(peer, wanted[at++]);
        if (at === wanted.length) throw new SyncError({ code: 'sync.wrong-answer', height: headers[wanted[0]].height });
        this.take(wanted[at++], { bytes, from: peer });
        if (this.over) break;
      }
      while (!this.over && at < wanted.length) this.lack(peer, wanted[at++]);
    } catch (error) {
      this.failures.set(peer, (this.failures.get(peer) ?? 0) + 1);
      this.modules.logger.debug({ peer, code: codeOf(error) }, 'bodies not fetched');
      if (!this.over) await this.modules.blame(peer, error);
    } finally {
      for (const index of wanted) if (this.asked.get(index) === now) this.asked.delete(index);
      this.busy.delete(peer);
      this.wake();
    }
  }

  private take(index: number, fetched: Fetched): void {
    this.asked.delete(index);
    this.received++;
    this.bytes += fetched.bytes.length;
    if (index >= this.next) this.fetched.set(index, fetched);
    this.wake();
  }

  /** Others may be on another branch; who gave the header has its body, unless it said that it is too old. */
  private lack(peer: string, index: number): void {
    const lacking = this.lacks.get(peer) ?? new Set();
    this.lacks.set(peer, lacking.add(index));
    const { height } = this.options.headers[index];
    if (peer !== this.options.provider || height < this.options.oldestBody) return;
    void this.modules.blame(peer, new SyncError({ code: 'sync.withheld', height }));
  }
}
