// The attack signatures of this clinic: the starter set, and what the chain confirms beside it. Follows the chain and swaps
// the matcher as a whole; what it holds is a function of the chain's state, so it is the same at every clinic.
import { sha256 } from '#crypto';
import { fromHex, toHex } from '../../../common/bytes.ts';
import type { Clock } from '../../../common/clock.ts';
import { codeOf } from '../../../common/errors.ts';
import type { Logger } from '../../../common/logger.ts';
import type { RetireReason } from '../../../common/threat-names.ts';
import {
  THREATS_SIGNATURE_CONFIRM,
  THREATS_SIGNATURE_PROPOSE,
  THREATS_SIGNATURE_RETIRE,
} from '../../../consensus/ledger/kinds.ts';
import { TABLES, threatSignatureKey } from '../../../consensus/ledger/tables.ts';
import { decodeSignatureRow } from '../../../consensus/ledger/threats/signatures/rows.ts';
import {
  encodeProposeSignature,
  encodeRetireSignature,
  signatureObject,
} from '../../../consensus/ledger/threats/signatures/types.ts';
import { GatewayError } from '../../../gateway/errors.ts';
import type { CoordinatedAttack } from '../../../gateway/judge/coordinated.ts';
import type { RequestFacts } from '../../../gateway/judge/facts.ts';
import { BENIGN_SET } from '../../../gateway/signatures/benign-set.ts';
import { signatureFromPattern } from '../../../gateway/signatures/from-pattern.ts';
import { SignatureMatcher } from '../../../gateway/signatures/matcher.ts';
import { flawOf, type SignatureDefinition } from '../../../gateway/signatures/signature.ts';
import { encodeSignature } from '../../../gateway/signatures/signature-codec.ts';
import { STARTER_SET } from '../../../gateway/signatures/starter-set.ts';
import type { TipChange } from '../../chain/chain.ts';
import type { ClinicAuthor } from '../../clinic-author.ts';
import type { Outbox } from '../../outbox/outbox.ts';
import type { OutboxRecord } from '../../outbox/record.ts';
import type { ChainStore } from '../../store/ports.ts';
import { type HeldSignature, heldSignature, matchable } from './held-signature.ts';

const PAGE = 1_000;
/** Retired signatures that are shown; the state keeps each until statements about it are too old, the blocks keep all. */
export const MAX_RETIRED_SHOWN = 64;
const ID_AT = 1;
const REVISION_CHARS = 16;
const encoder = new TextEncoder();
/** Between two proposals that nobody asked for, ms: an attacker must not fill the organisation's share with patterns. */
export const PROPOSE_EVERY = 3_600_000;

export interface ThreatSignaturesModules {
  readonly store: Pick<ChainStore, 'states' | 'stateRange'>;
  readonly outbox: Pick<Outbox, 'submit'>;
  readonly author: ClinicAuthor;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface WrittenSignature {
  readonly id: Uint8Array;
  readonly record: OutboxRecord;
}

export class ThreatSignatures {
  private readonly modules: ThreatSignaturesModules;
  private held: ReadonlyMap<string, HeldSignature> = new Map();
  private over: readonly HeldSignature[] = [];
  private current = new SignatureMatcher(STARTER_SET);
  /** What `current` was made of, so that it is made anew only for another set. */
  private made = '';
  private proposed = Number.NEGATIVE_INFINITY;

  constructor(modules: ThreatSignaturesModules) {
    this.modules = modules;
  }

  /** Of the starter set and what is confirmed; another one after a change. */
  get matcher(): SignatureMatcher {
    return this.current;
  }

  /** Another text for another set of confirmed signatures, here or elsewhere. */
  get revision(): string {
    return this.made === '' ? '' : toHex(sha256(encoder.encode(this.made))).slice(0, REVISION_CHARS);
  }

  /** Those of the chain that are not retired, by id. */
  list(): readonly HeldSignature[] {
    return [...this.held.values()];
  }

  /** The latest that were retired, newest first: what became of them can be asked for a while. */
  retired(): readonly HeldSignature[] {
    return this.over;
  }

  /** Reads the whole state: at start, and when blocks came without having been followed. */
  async load(): Promise<void> {
    const held = new Map<string, HeldSignature>();
    let over: HeldSignature[] = [];
    let after: Uint8Array | undefined;
    for (;;) {
      const rows = await this.modules.store.stateRange(TABLES.threatSignature, new Uint8Array(0), after, PAGE);
      for (const [key, bytes] of rows) {
        const row = decodeSignatureRow(bytes);
        const signature = heldSignature(key.slice(ID_AT), row);
        if (row.live) held.set(toHex(signature.id), signature);
        else over.push(signature);
      }
      over = latest(over);
      if (rows.length < PAGE) break;
      after = rows[rows.length - 1][0];
    }
    this.held = held;
    this.over = over;
    this.swap();
  }

  /** Follows the main chain. */
  async follow({ disconnected, connected }: TipChange): Promise<void> {
    if (disconnected.length > 0) return this.load();
    const events = connected.flatMap((block) => block.events.filter(({ family }) => family === 'threats'));
    const touched = events
      .filter(({ type }) => type.startsWith('signature-'))
      .map(({ data }) => String(data.signature));
    if (touched.length > 0) await this.reread([...new Set(touched)]);
  }

  /** The retired ones are not looked at again, however many the state holds. */
  private async reread(touched: readonly string[]): Promise<void> {
    const rows = await this.modules.store.states(touched.map((id) => threatSignatureKey(fromHex(id))));
    const held = new Map(this.held);
    const over = this.over.filter(({ id }) => !touched.includes(toHex(id)));
    for (const [index, id] of touched.entries()) {
      const bytes = rows[index];
      const row = bytes && decodeSignatureRow(bytes);
      if (row?.live) held.set(id, heldSignature(fromHex(id), row));
      else held.delete(id);
      if (row?.live === false) over.push(heldSignature(fromHex(id), row));
    }
    // In the order of the state, as if all of it had been read.
    this.held = new Map([...held].sort(([a], [b]) => (a < b ? -1 : 1)));
    this.over = latest(over);
    this.swap();
  }

  /** Throws GatewayError for what is no signature, and for one that ordinary requests match. */
  async propose(definition: SignatureDefinition): Promise<WrittenSignature> {
    const flaw = flawOf(definition);
    if (flaw !== undefined) throw new GatewayError({ code: 'signature.invalid', flaw });
    checkBenign(definition);
    const bytes = encodeSignature(definition);
    const id = signatureObject(bytes);
    return this.write(THREATS_SIGNATURE_PROPOSE, id, encodeProposeSignature(bytes));
  }

  async confirm(id: Uint8Array): Promise<WrittenSignature> {
    const { definition } = this.find(id);
    if (definition === undefined) throw new GatewayError({ code: 'signature.invalid', flaw: 'definition' });
    checkBenign(definition);
    return this.write(THREATS_SIGNATURE_CONFIRM, id, new Uint8Array(0));
  }

  async retire(id: Uint8Array, reason: RetireReason): Promise<WrittenSignature> {
    this.find(id);
    return this.write(THREATS_SIGNATURE_RETIRE, id, encodeRetireSignature(reason));
  }

  /**
   * Proposes what a gateway found a coordinated attack to have in common (from-pattern.ts), its own or one that stands by
   * itself. Throws `signature.too-soon` within PROPOSE_EVERY of the last, and for what no attack was found to be.
   */
  async proposeFound(definition: SignatureDefinition): Promise<WrittenSignature> {
    const now = this.modules.clock.monotonic();
    if (definition.category !== 'coordinated') {
      throw new GatewayError({ code: 'signature.invalid', flaw: 'category' });
    }
    if (now - this.proposed < PROPOSE_EVERY) throw new GatewayError({ code: 'signature.too-soon' });
    // Taken before it is written: two gateways may have found something at once.
    const before = this.proposed;
    this.proposed = now;
    try {
      return await this.propose(definition);
    } catch (error) {
      this.proposed = before;
      throw error;
    }
  }

  /** The node's own gateway found one. Undefined where it tells too little, or too soon after the last. */
  async onAttack(attack: CoordinatedAttack, samples: readonly RequestFacts[]): Promise<WrittenSignature | undefined> {
    if (this.modules.clock.monotonic() - this.proposed < PROPOSE_EVERY) return undefined;
    const definition = signatureFromPattern({ ...attack, samples }, BENIGN_SET);
    return definition === undefined ? undefined : this.proposeFound(definition);
  }

  private find(id: Uint8Array): HeldSignature {
    const found = this.held.get(toHex(id));
    if (found === undefined) throw new GatewayError({ code: 'signature.unknown' });
    return found;
  }

  private async write(kind: number, object: Uint8Array, payload: Uint8Array): Promise<WrittenSignature> {
    const { author, outbox } = this.modules;
    const [record] = await outbox.submit([author.make({ kind, object, version: 1, payload, role: 'gateway' })]);
    return { id: object, record };
  }

  private swap(): void {
    const shared = this.list()
      .map(matchable)
      .filter((signature) => signature !== undefined);
    const made = shared.map(({ id, effectiveFrom }) => `${id}@${effectiveFrom}`).join();
    if (made === this.made) return;
    try {
      this.current = new SignatureMatcher([...STARTER_SET, ...shared]);
      this.made = made;
    } catch (error) {
      this.modules.logger.error({ code: codeOf(error) }, 'the attack signatures stay as they were: too many states');
    }
  }
}

function latest(over: readonly HeldSignature[]): HeldSignature[] {
  return over.toSorted((a, b) => b.row.retired - a.row.retired).slice(0, MAX_RETIRED_SHOWN);
}

/** No signature may match what a clinic's ordinary visitors send. */
function checkBenign(definition: SignatureDefinition): void {
  const matcher = new SignatureMatcher([{ ...definition, id: '', effectiveFrom: 0 }]);
  if (BENIGN_SET.some((request) => matcher.match(request).length > 0)) {
    throw new GatewayError({ code: 'signature.benign' });
  }
}
