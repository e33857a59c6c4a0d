// What a gateway judged, on its way from its own log into the security log of its clinic's node, so that administrators see
// all gateways in one place; and which circuit breakers are open here. The node says how far it has it: nothing is kept here,
// and nothing is brought twice.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { formatNetwork } from '../../gateway/address.ts';
import type { Breakers, OpenBreaker } from '../../gateway/breakers.ts';
import { Rounds } from '../../node/rounds.ts';
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
  /** What is open here is told to the node, and closed when an administrator says so there. */
  readonly breakers: Breakers;
  readonly clock: Clock;
  readonly logger: Logger;
}

export const BRING_EVERY_MS = 2_000;
export const LONGEST_BRING_PAUSE_MS = 60_000;

export class BringLog {
  private readonly options: BringLogOptions;
  private readonly modules: BringLogModules;
  private readonly rounds: Rounds;
  /** The last number that the node has; undefined until it said. */
  private brought: number | undefined;
  /** How many breakers the node knows of. */
  private told = 0;

  constructor(options: BringLogOptions, modules: BringLogModules) {
    this.options = options;
    this.modules = modules;
    const { clock, logger } = modules;
    const backOff = { longestMs: LONGEST_BRING_PAUSE_MS, over: 'the node takes entries of the log again' };
    const failed = 'the node takes no entries of the log: they wait';
    const round = (signal: AbortSignal) => this.round(signal);
    this.rounds = new Rounds({ everyMs: BRING_EVERY_MS, failed, backOff }, { clock, logger, round });
  }

  start(): void {
    this.rounds.start();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  private async round(signal: AbortSignal): Promise<void> {
    try {
      await this.catchUp(signal);
    } catch (error) {
      // Asked again how far it has them: it may be another directory by then.
      this.brought = undefined;
      throw error;
    }
  }

  private async catchUp(signal: AbortSignal): Promise<void> {
    const { log } = this.modules;
    const tells = this.told > 0 || this.openNow().length > 0;
    if (this.brought === undefined || tells) this.brought = await this.bring([], signal);
    while (this.brought < log.end - 1 && !signal.aborted) {
      const entries = await readAfter(log, this.brought, MAX_BROUGHT);
      // What has no key any more is over for the node too.
      if (entries.length === 0) return;
      this.brought = await this.bring(entries, signal);
    }
  }

  private async bring(entries: readonly NumberedRequest[], signal: AbortSignal): Promise<number> {
    const { client, breakers, clock } = this.modules;
    const open = this.openNow();
    const params = { gateway: this.options.name, entries: entries.map(entryOf), breakers: [...open] };
    const { sequence, release } = await client.call('threat_ingest', params, signal);
    this.told = open.length;
    for (const breaker of release) breakers.releaseBreaker(breaker, clock.now());
    return sequence;
  }

  private openNow(): readonly OpenBreaker[] {
    return this.modules.breakers.openBreakers(this.modules.clock.now());
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
