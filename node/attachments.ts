// Attachments of this node: kept when they come with a transaction, asked for by commitment when a block names one that
// is not here (PROTOCOL 4.6). Owns fetching and retention; what is inside belongs to the families.
import { equalBytes, toHex } from '../common/bytes.ts';
import type { Clock, TimerHandle } from '../common/clock.ts';
import { BoundedMap } from '../common/collections/bounded-map.ts';
import { codeOf } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import { attachmentCommitment, decodeAttachment } from '../consensus/ledger/attachment.ts';
import type { Attachment } from '../consensus/ledger/types.ts';
import type { Network } from '../p2p/ports.ts';
import type { AttachmentDatabase } from './store/attachment-database.ts';
import { ATTACHMENTS } from './sync/protocols.ts';
import { encodeHashes, MAX_HASHES } from './wire.ts';

/** Attachments that are looked for at a time; the oldest wish is dropped first and comes again at the next start. */
const MAX_WANTED = 50_000;
/** Asked for in one round, which a peer's limit allows every RETRY_MS; who got no answer goes to the end of the line. */
const PER_ROUND = 1_024;
const RETRY_MS = 5_000;
const SWEEP_MS = 60_000;
const REQUEST_MS = 10_000;

interface Wanted {
  readonly commitment: Uint8Array;
  readonly expires: number;
}

export interface AttachmentModules {
  readonly database: AttachmentDatabase;
  readonly network: Network;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Attachments {
  private readonly modules: AttachmentModules;
  private readonly wanted = new BoundedMap<string, Wanted>({ maxEntries: MAX_WANTED });
  private readonly listeners = new Set<(commitment: Uint8Array, attachment: Attachment) => void>();
  private readonly abort = new AbortController();
  private fetchTimer: TimerHandle | undefined;
  private sweepTimer: TimerHandle | undefined;
  private fetching = false;

  constructor(modules: AttachmentModules) {
    this.modules = modules;
  }

  start(): void {
    this.scheduleFetch(0);
    this.scheduleSweep();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.modules.clock.clearTimeout(this.fetchTimer);
    this.modules.clock.clearTimeout(this.sweepTimer);
    await this.modules.database.close();
  }

  /** Called with each attachment that was asked for and came. */
  onFetched(listener: (commitment: Uint8Array, attachment: Attachment) => void): void {
    this.listeners.add(listener);
  }

  get(commitment: Uint8Array): Promise<Attachment | undefined> {
    return this.modules.database.get(commitment);
  }

  async keep(attachment: Attachment, expires: number): Promise<void> {
    await this.modules.database.put(attachmentCommitment(attachment), attachment, expires);
  }

  /** Asks the peers until it is here or over; of two ends the later holds. */
  want(commitment: Uint8Array, expires: number): void {
    const key = toHex(commitment);
    this.wanted.set(key, { commitment, expires: Math.max(expires, this.wanted.get(key)?.expires ?? 0) });
    this.scheduleFetch(0);
  }

  private scheduleFetch(ms: number): void {
    if (this.fetching || this.abort.signal.aborted) return;
    this.modules.clock.clearTimeout(this.fetchTimer);
    this.fetchTimer = this.modules.clock.setTimeout(() => void this.fetch(), ms);
  }

  private async fetch(): Promise<void> {
    const now = this.modules.clock.now();
    for (const [key, { expires }] of this.wanted) if (expires <= now) this.wanted.delete(key);
    if (this.wanted.size === 0) return;
    this.fetching = true;
    const round = [...this.wanted.keys()].slice(0, PER_ROUND);
    for (const { peerId } of this.modules.network.peers()) {
      const missing = round.flatMap((key) => this.wanted.get(key) ?? []);
      for (let at = 0; at < missing.length && !this.abort.signal.aborted; at += MAX_HASHES) {
        if (!(await this.ask(peerId, missing.slice(at, at + MAX_HASHES)))) break;
      }
    }
    for (const key of round) this.wanted.touch(key);
    this.fetching = false;
    if (this.wanted.size > 0) this.scheduleFetch(RETRY_MS);
  }

  /** False when the peer did not answer to the end. */
  private async ask(peerId: string, wishes: readonly Wanted[]): Promise<boolean> {
    const request = encodeHashes(wishes.map(({ commitment }) => commitment));
    const signal = AbortSignal.any([this.abort.signal, AbortSignal.timeout(REQUEST_MS)]);
    try {
      for await (const chunk of this.modules.network.request(peerId, ATTACHMENTS.protocol, request, signal)) {
        const attachment = decodeAttachment(chunk);
        const commitment = attachmentCommitment(attachment);
        const wish = wishes.find((wanted) => equalBytes(wanted.commitment, commitment));
        if (wish === undefined) continue;
        // It counts also where there is no room to keep it.
        await this.keep(attachment, wish.expires).catch((error) => {
          this.modules.logger.warn({ code: codeOf(error) }, 'an attachment that was fetched is not kept');
        });
        this.wanted.delete(toHex(commitment));
        for (const listener of this.listeners) listener(commitment, attachment);
      }
      return true;
    } catch (error) {
      this.modules.logger.debug({ peer: peerId, code: codeOf(error) }, 'attachments not fetched');
      return false;
    }
  }

  private scheduleSweep(): void {
    this.sweepTimer = this.modules.clock.setTimeout(() => {
      this.modules.database.sweep(this.modules.clock.now()).catch((error) => {
        this.modules.logger.error({ err: error }, 'expired attachments stayed');
      });
      if (!this.abort.signal.aborted) this.scheduleSweep();
    }, SWEEP_MS);
  }
}
