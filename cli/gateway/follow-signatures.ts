// The attack signatures of a gateway that follows a node: the starter set, and what the chain confirms beside it. The matcher
// is swapped as a whole; what the node told last stays in force, and on disk, while the node is gone.
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { parseGlob } from '../../gateway/signatures/glob.ts';
import { SignatureMatcher } from '../../gateway/signatures/matcher.ts';
import { flawOf, type Signature } from '../../gateway/signatures/signature.ts';
import { STARTER_SET } from '../../gateway/signatures/starter-set.ts';
import { writePrivateFile } from '../../node/data-directory.ts';
import { Rounds } from '../../node/rounds.ts';
import type { RpcClient } from '../../rpc/client.ts';
import type { Result } from '../../rpc/schema/methods.ts';
import { LONGEST_PAUSE_MS } from './follow-node.ts';

export interface FollowSignaturesOptions {
  readonly path: string;
}

export interface FollowSignaturesModules {
  /** Undefined: the starter set alone. */
  readonly client: Pick<RpcClient, 'call'> | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Listed = Result<'threat_signatureList'>['signatures'][number];

interface Kept {
  readonly revision: string;
  readonly signatures: readonly Signature[];
}

const PAGE = 1_000;
/** Between two looks at whether another set was told of: one that is, is fetched at once. */
const LOOK_EVERY_MS = 10_000;
const ID = /^[0-9a-f]{64}$/;

export class FollowSignatures {
  private readonly path: string;
  private readonly modules: FollowSignaturesModules;
  private readonly rounds: Rounds;
  private current = new SignatureMatcher(STARTER_SET);
  private revision = '';
  private told = '';
  /** In force and not on disk: written with the next round. */
  private unwritten: Kept | undefined;

  constructor({ path }: FollowSignaturesOptions, modules: FollowSignaturesModules) {
    this.path = path;
    this.modules = modules;
    const { clock, logger } = modules;
    const backOff = { longestMs: LONGEST_PAUSE_MS, over: 'the node gives its attack signatures again' };
    const failed = 'the node gives no attack signatures: those that are known go on';
    const round = (signal: AbortSignal) => this.round(signal);
    this.rounds = new Rounds({ everyMs: LOOK_EVERY_MS, failed, backOff }, { clock, logger, round });
  }

  /** Another one after a change. */
  get matcher(): SignatureMatcher {
    return this.current;
  }

  /** A file that is missing or damaged is the starter set: the node gives the others again. */
  async load(): Promise<void> {
    try {
      this.swap(keptOf(JSON.parse(await readFile(this.path, 'utf8'))));
    } catch {
      this.swap({ revision: '', signatures: [] });
    }
    this.told = this.revision;
  }

  start(): void {
    this.rounds.start();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  /** What the node has now, as it names it. */
  tell(revision: string): void {
    if (revision === this.told) return;
    this.told = revision;
    this.rounds.look();
  }

  private async round(signal: AbortSignal): Promise<void> {
    const { client } = this.modules;
    // Named before it is read: what changes meanwhile has another name and is read again.
    const revision = this.told;
    if (client === undefined || revision === this.revision) return this.save();
    const signatures: Signature[] = [];
    for (let after: string | undefined; ; ) {
      const page = await client.call('threat_signatureList', { limit: PAGE, after }, signal);
      signatures.push(...page.signatures.flatMap(signatureOf));
      if (page.next === null) break;
      after = page.next;
    }
    this.unwritten = { revision, signatures };
    this.swap(this.unwritten);
    await this.save();
  }

  private async save(): Promise<void> {
    if (this.unwritten === undefined) return;
    await writePrivateFile(this.path, JSON.stringify(this.unwritten));
    this.unwritten = undefined;
  }

  private swap({ revision, signatures }: Kept): void {
    this.current = new SignatureMatcher([...STARTER_SET, ...signatures]);
    this.revision = revision;
  }
}

/** Nothing of what is not confirmed, is retired, or is no signature. */
function signatureOf(listed: Listed): Signature[] {
  const { id, name, category, severity, points, detected, sources, requests, effectiveFrom, state } = listed;
  if (effectiveFrom === null || state === 'retired') return [];
  const conditions = listed.conditions.map(({ fields, view, pattern }) => ({ fields, view, ...parseGlob(pattern) }));
  return sound({
    ...{ id, name, category, severity, points, conditions, sources, requests, effectiveFrom },
    detectedAt: detected,
  });
}

function sound(signature: Signature): Signature[] {
  const right = ID.test(signature.id) && Number.isSafeInteger(signature.effectiveFrom);
  return right && flawOf(signature) === undefined ? [signature] : [];
}

function keptOf({ revision, signatures }: Kept): Kept {
  return { revision: String(revision), signatures: signatures.flatMap(sound) };
}
