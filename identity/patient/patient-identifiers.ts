// From an identity document to the universal patient identifier: normalise, blind, evaluate, finish, slow down, format.
// Owns no key and no storage; keeps no number. There is no path from a number to an identifier that is not keyed.
import { hkdfSha256, hmacSha256 } from '#crypto';
import { concatBytes, EMPTY_BYTES, equalBytes } from '../../common/bytes.ts';
import { oprfBlind, oprfFinalize } from '../../common/crypto/oprf.ts';
import { mapInSlices } from '../../common/in-slices.ts';
import { type Lane, type Scrypt, Slots } from '../slots.ts';
import { documentInput, NORMALISER, normaliseDocument, type TypedDocument } from './document.ts';
import { IdentifierError } from './errors.ts';
import { type IdentifierEvaluator, MAX_EVALUATIONS } from './evaluator.ts';
import { formatPid, PID_BYTES, type Pid } from './pid.ts';

export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and about 80 ms: what a coalition that holds the key pays per guess. */
export const PID_SCRYPT: ScryptCost = { N: 2 ** 15, r: 8, p: 1 };

/** Remembers identifiers, so that known patients need no evaluation. Keys are HMACs under a key of this clinic, of the network's key and the document. */
export interface PidCache {
  get(key: Uint8Array): Promise<Pid | undefined>;
  put(key: Uint8Array, pid: Pid): Promise<void>;
}

export interface PatientIdentifiersOptions {
  /** Another cost gives other identifiers: a value of the network, never of one clinic. */
  readonly scrypt?: ScryptCost;
  /** Secret of this clinic (32 bytes) under which the cache names its entries; needed when there is a cache. */
  readonly storageKey?: Uint8Array;
}

export interface PatientIdentifiersModules {
  readonly evaluator: IdentifierEvaluator;
  readonly cache?: PidCache;
  /** Shared with the other costly computations of the node; without it, slots of its own. */
  readonly slots?: Slots;
}

const MAX_RUNS = 2;
const MAX_WAITING = 1024;

const encoder = new TextEncoder();
const SALT = encoder.encode(NORMALISER);
const INFO = encoder.encode('pid/1');

export class PatientIdentifiers {
  private readonly cost: ScryptCost;
  private readonly cacheKey: Uint8Array | undefined;
  private readonly modules: PatientIdentifiersModules;
  private readonly lane: Lane;

  constructor(options: PatientIdentifiersOptions, modules: PatientIdentifiersModules) {
    this.cost = options.scrypt ?? PID_SCRYPT;
    this.modules = modules;
    this.lane = (modules.slots ?? new Slots({ limit: MAX_RUNS })).lane({
      maxWaiting: MAX_WAITING,
      busy: () => new IdentifierError({ code: 'identifier.busy' }),
    });
    if (modules.cache !== undefined) {
      if (options.storageKey === undefined) throw new RangeError('a cache needs a storage key');
      this.cacheKey = hkdfSha256(options.storageKey, EMPTY_BYTES, encoder.encode('wardmesh/pid-cache/1'), 32);
    }
  }

  /** See IdentifierEvaluator. */
  get mode(): string {
    return this.modules.evaluator.mode;
  }

  /** Throws IdentifierError when the number is refused or too many are being computed. */
  async pidOf(document: TypedDocument): Promise<Pid> {
    const [pid] = await this.pidsOf([document]);
    return pid;
  }

  /** What was computed here before; asks nobody. Throws as `pidOf` for a number that is refused. */
  async knownPid(document: TypedDocument): Promise<Pid | undefined> {
    return this.cached(documentInput(normaliseDocument(document)));
  }

  /** As `pidOf`, with one evaluation for all; at most 256. Nothing is computed unless every document is accepted. */
  async pidsOf(documents: readonly TypedDocument[]): Promise<readonly Pid[]> {
    if (documents.length > MAX_EVALUATIONS) throw new IdentifierError({ code: 'identifier.busy' });
    const inputs = documents.map((document) => documentInput(normaliseDocument(document)));
    const known = await Promise.all(inputs.map((input) => this.cached(input)));
    const unknown = inputs.filter((_, i) => known[i] === undefined);
    const computed = unknown.length === 0 ? [] : await this.compute(unknown);
    return known.map((pid) => pid ?? computed.shift()!);
  }

  private async compute(inputs: readonly Uint8Array[]): Promise<Pid[]> {
    const { evaluator } = this.modules;
    const { key } = evaluator;
    const blinds = await mapInSlices(inputs, (input) => oprfBlind(input));
    const evaluated = await evaluator.evaluate(blinds.map(({ blinded }) => blinded));
    // Also when another key was made meanwhile: nobody may be told which of the two it was.
    if (evaluated.length !== inputs.length || !equalBytes(evaluator.key, key)) {
      throw new IdentifierError({ code: 'identifier.evaluation' });
    }
    const outputs = await mapInSlices(inputs, (input, i) => oprfFinalize(input, blinds[i].blind, evaluated[i]));
    return Promise.all(
      outputs.map((output, i) => this.lane.run((scrypt) => this.finish(scrypt, this.nameOf(inputs[i], key), output))),
    );
  }

  private async finish(scrypt: Scrypt, name: Uint8Array | undefined, output: Uint8Array): Promise<Pid> {
    const slow = await scrypt(output, SALT, { ...this.cost, length: 32 });
    const pid = formatPid(hkdfSha256(slow, EMPTY_BYTES, INFO, PID_BYTES));
    if (name !== undefined) await this.modules.cache?.put(name, pid);
    return pid;
  }

  private async cached(input: Uint8Array): Promise<Pid | undefined> {
    const name = this.nameOf(input, this.modules.evaluator.key);
    return name === undefined ? undefined : this.modules.cache?.get(name);
  }

  private nameOf(input: Uint8Array, key: Uint8Array): Uint8Array | undefined {
    return this.cacheKey === undefined ? undefined : hmacSha256(this.cacheKey, concatBytes(key, input));
  }
}
