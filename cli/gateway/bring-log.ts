// What a gateway judged, on its way from its own log into the security log of its clinic's node, so that administrators see
// all gateways in one place. The node says how far it has it: nothing is kept here, and nothing is brought twice.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { formatNetwork } from '../../gateway/address.ts';
import { type NumberedRequest, readAfter } from '../../node/security/reader.ts';
import type { SecurityLog } from '../../node/security/security-log.ts';
import type { RpcClient } from '../../rpc/client.ts';
import type { ParamsIn } from '../../rpc/schema/methods.ts';
import { MAX_BROUGHT } from '../../rpc/schema/security.ts';

export interface BringLogOptions {
  /** Of this gateway among those of the node. */
  readonly name: string;
}

export interface BringLogModules {
  readonly client: Pick<RpcClient, 'call'>;
  readonly log: SecurityLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

export const BRING_EVERY_MS = 2_000;
export const LONGEST_BRING_PAUSE_MS = 60_000;

export class BringLog {
  private readonly options: BringLogOptions;
  private readonly modules: BringLogModules;
  private readonly ending = new AbortController();
  private timer: TimerHandle | undefined;
  private running: Promise<void> = Promise.resolve();
  private pause = BRING_EVERY_MS;
  /** The last number that the node has; undefined until it said. */
  private brought: number | undefined;

  constructor(options: BringLogOptions, modules: BringLogModules) {
    this.options = options;
    this.modules = modules;
  }

  start(): void {
    this.running = this.round();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    this.modules.clock.clearTimeout(this.timer);
    await this.running;
  }

  private async round(): Promise<void> {
    const { clock, logger } = this.modules;
    try {
      await this.catchUp();
      this.pause = BRING_EVERY_MS;
    } catch (error) {
      if (this.ending.signal.aborted) return;
      if (this.pause === BRING_EVERY_MS) logger.warn({ err: error }, 'the node takes no entries of the log: they wait');
      // Asked again how far it has them: it may be another directory by then.
      this.brought = undefined;
      this.pause = Math.min(2 * this.pause, LONGEST_BRING_PAUSE_MS);
    }
    if (!this.ending.signal.aborted) this.timer = clock.setTimeout(() => this.start(), this.pause);
  }

  private async catchUp(): Promise<void> {
    const { log } = this.modules;
    this.brought ??= await this.bring([]);
    while (this.brought < log.end - 1 && !this.ending.signal.aborted) {
      const entries = await readAfter(log, this.brought, MAX_BROUGHT);
      // What has no key any more is over for the node too.
      if (entries.length === 0) return;
      this.brought = await this.bring(entries);
    }
  }

  private async bring(entries: readonly NumberedRequest[]): Promise<number> {
    const params = { gateway: this.options.name, entries: entries.map(entryOf) };
    return (await this.modules.client.call('threat_ingest', params, this.ending.signal)).sequence;
  }
}

function entryOf({ number, decision, status }: NumberedRequest): ParamsIn<'threat_ingest'>['entries'][number] {
  const { client, retryAfter, factors, signatures, ...rest } = decision;
  return {
    ...rest,
    sequence: number,
    address: formatNetwork(client),
    factors: [...factors],
    signatures: [...signatures],
    status: status ?? null,
    retryAfterMs: retryAfter ?? null,
  };
}
