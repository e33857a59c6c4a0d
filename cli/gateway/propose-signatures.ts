// A signature out of each coordinated attack that a gateway finds, on its way to the clinic's node, which proposes it to the
// others. One waits at a time, until the node took it, refused it for good, or found it too soon for more than an hour.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { CoordinatedAttack } from '../../gateway/judge/coordinated.ts';
import type { RequestFacts } from '../../gateway/judge/facts.ts';
import { BENIGN_SET } from '../../gateway/signatures/benign-set.ts';
import { signatureFromPattern } from '../../gateway/signatures/from-pattern.ts';
import { printGlob } from '../../gateway/signatures/glob.ts';
import type { SignatureDefinition } from '../../gateway/signatures/signature.ts';
import { Rounds } from '../../node/rounds.ts';
import { type RpcClient, RpcError } from '../../rpc/client.ts';
import type { ParamsIn } from '../../rpc/schema/methods.ts';
import { LONGEST_PAUSE_MS } from './follow-node.ts';

export interface ProposeSignaturesModules {
  readonly client: Pick<RpcClient, 'call'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const LOOK_EVERY_MS = 10_000;
/** The node takes one of machines an hour, of whichever gateway: so often it is asked whether that is over. */
const TOO_SOON_MS = 300_000;
/** So that the last try comes after that hour. */
const LIFE_MS = 3_600_000 + 2 * TOO_SOON_MS;

export class ProposeSignatures {
  private readonly modules: ProposeSignaturesModules;
  private readonly rounds: Rounds;
  private waiting: { readonly definition: SignatureDefinition; readonly foundAt: number } | undefined;
  private notBefore = Number.NEGATIVE_INFINITY;

  constructor(modules: ProposeSignaturesModules) {
    this.modules = modules;
    const { clock, logger } = modules;
    const backOff = { longestMs: LONGEST_PAUSE_MS, over: 'the node takes attack signatures again' };
    const failed = 'the node takes no attack signature: it waits';
    const round = (signal: AbortSignal) => this.round(signal);
    this.rounds = new Rounds({ everyMs: LOOK_EVERY_MS, failed, backOff }, { clock, logger, round });
  }

  start(): void {
    this.rounds.start();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  /** Nothing is proposed where the requests have too little in common, or what ordinary ones have too. */
  found(attack: CoordinatedAttack, samples: readonly RequestFacts[]): void {
    const definition = signatureFromPattern({ ...attack, samples }, BENIGN_SET);
    if (definition === undefined) return;
    this.waiting = { definition, foundAt: this.modules.clock.monotonic() };
    this.rounds.look();
  }

  private async round(signal: AbortSignal): Promise<void> {
    const { client, clock, logger } = this.modules;
    const { waiting } = this;
    const now = clock.monotonic();
    if (waiting === undefined || now < this.notBefore) return;
    try {
      if (now - waiting.foundAt < LIFE_MS) {
        const { signature } = await client.call('threat_signaturePropose', paramsOf(waiting.definition), signal);
        logger.info({ signature }, 'a coordinated attack became the proposal of an attack signature');
      }
    } catch (error) {
      if (!(error instanceof RpcError) || !error.code.startsWith('signature.')) throw error;
      if (error.code === 'signature.too-soon') {
        this.notBefore = clock.monotonic() + TOO_SOON_MS;
        return;
      }
      logger.info({ code: error.code }, 'the node proposes no attack signature of this attack');
    }
    if (this.waiting === waiting) this.waiting = undefined;
  }
}

function paramsOf(definition: SignatureDefinition): ParamsIn<'threat_signaturePropose'> {
  const { name, category, severity, points, conditions, sources, requests } = definition;
  return {
    ...{ name, category, severity, points, sources, requests },
    conditions: conditions.map((condition) => ({
      fields: [...condition.fields],
      view: condition.view,
      pattern: printGlob(condition),
    })),
  };
}
