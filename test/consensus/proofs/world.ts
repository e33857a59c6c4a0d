// A chain of headers over a real state tree with real vote keys, made without executing anything: what final headers and
// certificates look like while members change. Blocks hold what a test puts into them.
import { signEd25519, signingKeyPair } from '#crypto';
import { checkpointMessage, encodeCertificate } from '../../../consensus/chain/finality/certificate.ts';
import type { Checkpoint, ClinicSignature, Link, QuorumSets } from '../../../consensus/chain/finality/types.ts';
import { voteMessage } from '../../../consensus/chain/finality/vote.ts';
import { genesisHeader } from '../../../consensus/chain/genesis-block.ts';
import { blockId } from '../../../consensus/chain/header.ts';
import type { Header } from '../../../consensus/chain/types.ts';
import { type Genesis, genesisId } from '../../../consensus/genesis.ts';
import type { Change } from '../../../consensus/ledger/members/change.ts';
import { encodeChangeRow } from '../../../consensus/ledger/members/set-rows.ts';
import { changeKey } from '../../../consensus/ledger/tables.ts';
import type { StateWrite } from '../../../consensus/ledger/types.ts';
import { EPOCH_BLOCKS } from '../../../consensus/limits.ts';
import { type MemberSet, memberSetAt } from '../../../consensus/member-set.ts';
import { ZERO_HASH } from '../../../consensus/merkle.ts';
import { appendRange, emptyRange, rangeRoot } from '../../../consensus/mountain-range.ts';
import { encodeLightStep, type LightStep } from '../../../consensus/proofs/light-step.ts';
import { leafUpdates, treeKey } from '../../../consensus/tree/keys.ts';
import { encodeStateProof, type StateProof } from '../../../consensus/tree/proof.ts';
import type { StateTree } from '../../../consensus/tree/state-tree.ts';
import { GENESIS } from '../chain/samples.ts';
import { applyTo, MemoryRows, treeOver } from '../tree/memory-rows.ts';

export const voteSeed = (clinic: number, generation = 0): Uint8Array =>
  new Uint8Array(32).fill(clinic).fill(generation, 16);
export const governanceSeed = (clinic: number): Uint8Array => new Uint8Array(32).fill(clinic + 64);
export const voteKey = (clinic: number, generation = 0): Uint8Array =>
  signingKeyPair(voteSeed(clinic, generation)).publicKey;

export const WORLD_GENESIS: Genesis = {
  ...GENESIS,
  clinics: GENESIS.clinics.map((clinic) => ({
    ...clinic,
    governanceKey: signingKeyPair(governanceSeed(clinic.number)).publicKey,
    voteKey: voteKey(clinic.number),
  })),
};

export function admit(clinic: number): Change {
  const record = { ...WORLD_GENESIS.clinics[0], name: `Clinic ${clinic}`, voteKey: voteKey(clinic) };
  const { number: _, organisation: __, ...fields } = record;
  return { type: 'admit', organisation: 1, clinic: fields };
}

export interface WorldBlock {
  readonly writes?: readonly StateWrite[];
  readonly approve?: readonly Change[];
  readonly txRoot?: Uint8Array;
  /** Outcomes of the block: its child commits to them. */
  readonly outcomeRoot?: Uint8Array;
  /** The member set that comes into force with this block. */
  readonly set?: number;
}

export class World {
  readonly genesisId = genesisId(WORLD_GENESIS);
  readonly headers: Header[] = [genesisHeader(WORLD_GENESIS)];
  readonly changes: Change[] = [];
  private readonly rows = new Map<string, StateWrite>();
  /** The state before the block at each height. */
  private readonly trees: StateTree[] = [];
  private readonly values: ReadonlyMap<string, StateWrite>[] = [];
  private range = emptyRange;
  private nextOutcomes = ZERO_HASH;
  private stored: MemoryRows = new MemoryRows();
  private set = 0;

  get tip(): Header {
    return this.headers[this.headers.length - 1];
  }

  idAt(height: number): Uint8Array {
    return blockId(this.headers[height]);
  }

  async add(block: WorldBlock = {}): Promise<Header> {
    const { tip } = this;
    const id = blockId(tip);
    this.range = appendRange(this.range, id);
    this.set = block.set ?? this.set;
    const height = tip.height + 1;
    const tree = await this.treeNow();
    this.trees[height] = tree;
    this.values[height] = new Map(this.rows);
    const header: Header = {
      ...tip,
      height,
      parent: id,
      txRoot: block.txRoot ?? ZERO_HASH,
      outcomeRoot: this.nextOutcomes,
      stateRoot: tree.root,
      historyRoot: rangeRoot(this.range),
      memberSet: this.set,
      signer: 1,
      timestamp: tip.timestamp + 2000,
    };
    this.headers.push(header);
    this.nextOutcomes = block.outcomeRoot ?? ZERO_HASH;
    for (const change of block.approve ?? []) {
      this.changes.push(change);
      const key = changeKey(this.changes.length);
      this.rows.set(String(key), [key, encodeChangeRow({ height, change })]);
    }
    for (const write of block.writes ?? []) this.rows.set(String(write[0]), write);
    return header;
  }

  /** Empty blocks up to and including this height. */
  async grow(height: number): Promise<void> {
    while (this.tip.height < height) await this.add();
  }

  checkpoint(epoch: number): Checkpoint {
    return { epoch, id: this.idAt(epoch * EPOCH_BLOCKS) };
  }

  setAt(n: number): MemberSet {
    return memberSetAt(WORLD_GENESIS, this.changes, n);
  }

  /** The vote of the named clinics that makes `epoch` final; by default of all of the sets that decide. */
  certificate(epoch: number, sets: QuorumSets, voters?: readonly (readonly [clinic: number, generation: number])[]) {
    const link: Link = {
      set: sets.current.id,
      source: this.checkpoint(epoch),
      target: this.checkpoint(epoch + 1),
    };
    const all = [...sets.current.voters, ...(sets.previous?.voters ?? [])].map(({ number }) => number);
    const who = voters ?? [...new Set(all)].map((clinic) => [clinic, 0] as const);
    return encodeCertificate({ type: 'votes', link, votes: this.votes(link, who) });
  }

  votes(link: Link, who: readonly (readonly [clinic: number, generation: number])[]): ClinicSignature[] {
    return [...who]
      .sort(([a], [b]) => a - b)
      .map(([clinic, generation]) => ({
        clinic,
        signature: signEd25519(voteSeed(clinic, generation), voteMessage(this.genesisId, link)),
      }));
  }

  /** The checkpoint file that makes `epoch` final; seeds shifted by `off` are not the members'. */
  governanceCertificate(epoch: number, set: MemberSet, clinics: readonly number[], off = 0): Uint8Array {
    const about = { set: set.id, checkpoint: this.checkpoint(epoch), height: epoch * EPOCH_BLOCKS };
    const message = checkpointMessage(this.genesisId, about);
    const signatures = clinics.map((clinic) => ({
      clinic,
      signature: signEd25519(governanceSeed(clinic + off), message),
    }));
    return encodeCertificate({ type: 'governance', ...about, signatures });
  }

  proofAt(height: number, key: Uint8Array): StateProof {
    return this.trees[height].prove(treeKey(key));
  }

  valueAt(height: number, key: Uint8Array): Uint8Array | undefined {
    return this.values[height].get(String(key))?.[1] ?? undefined;
  }

  /** A step to the checkpoint of `epoch` that shows the changes from `first` up to `last`. */
  step(epoch: number, certificate: Uint8Array, first = 1, last = 0, closed = last >= first): LightStep {
    const height = epoch * EPOCH_BLOCKS;
    const changes = [];
    for (let n = first; n <= last; n++) {
      const key = changeKey(n);
      const value = this.valueAt(height, key) ?? new Uint8Array(0);
      changes.push({ value, proof: encodeStateProof(this.proofAt(height, key)) });
    }
    const closing = closed ? encodeStateProof(this.proofAt(height, changeKey(last + 1))) : new Uint8Array(0);
    return { header: this.headers[height], certificate, changes, closing };
  }

  private async treeNow(): Promise<StateTree> {
    const tree = treeOver(this.stored);
    const rows = new MemoryRows();
    await applyTo(tree, rows, leafUpdates([...this.rows.values()]));
    this.stored = rows;
    const read = treeOver(rows);
    await read.open();
    return read;
  }
}

export const encodeSteps = (steps: readonly LightStep[]): Uint8Array[] => steps.map(encodeLightStep);
