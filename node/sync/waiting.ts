// Transactions that wait at peers and are missing here: gossip may lose them, and a reorganisation brings back old ones.
// One peer at a time: what one sends, the next need not.
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import type { Intake } from '../intake.ts';
import type { Mempool } from '../mempool/mempool.ts';
import { blameFor } from '../peer-policy.ts';
import { encodeKnown } from '../wire.ts';
import type { PeerRequests } from './peer-requests.ts';
import { MEMPOOL } from './protocols.ts';

/** Verified at a time. */
const TAKE_WINDOW = 32;

export interface WaitingModules {
  readonly intake: Intake;
  readonly mempool: Mempool;
  readonly requests: PeerRequests;
  blame(peerId: string, error: unknown): Promise<void>;
  readonly logger: Logger;
}

export class WaitingTransactions {
  private readonly modules: WaitingModules;
  private readonly serial = new Serial();
  private pending = 0;

  constructor(modules: WaitingModules) {
    this.modules = modules;
  }

  get busy(): boolean {
    return this.pending > 0;
  }

  idle(): Promise<void> {
    return this.serial.idle();
  }

  ask(peerId: string): Promise<void> {
    this.pending++;
    return this.serial.run(async () => {
      const { mempool, requests, logger } = this.modules;
      const window: Promise<void>[] = [];
      try {
        const request = encodeKnown(await mempool.known());
        for await (const bundle of requests.request(peerId, MEMPOOL.protocol, request)) {
          const taken = this.take(bundle);
          taken.catch(() => {}); // awaited below
          window.push(taken);
          if (window.length >= TAKE_WINDOW) await window.shift();
        }
        for (const taken of window) await taken;
      } catch (error) {
        logger.debug({ peer: peerId, code: codeOf(error) }, 'waiting transactions not fetched');
        await this.modules.blame(peerId, error);
      } finally {
        this.pending--;
      }
    });
  }

  private async take(bundle: Uint8Array): Promise<void> {
    try {
      await this.modules.intake.take(bundle);
    } catch (error) {
      if (blameFor(codeOf(error)).blame !== 'none') throw error;
    }
  }
}
