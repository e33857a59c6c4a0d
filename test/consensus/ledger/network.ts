// A network with real keys over a Map, block by block: governance, votes and certificates as clinics would make them.
import { signEd25519, signingKeyPair } from '#crypto';
import { EMPTY_BYTES, toHex } from '../../../common/bytes.ts';
import { encodeCertificate } from '../../../consensus/chain/finality/certificate.ts';
import { voteKeyOf } from '../../../consensus/chain/finality/quorum.ts';
import type { Certificate, Checkpoint, Link, QuorumSets, Vote } from '../../../consensus/chain/finality/types.ts';
import { voteMessage } from '../../../consensus/chain/finality/vote.ts';
import { KNOWN_FEATURES } from '../../../consensus/features.ts';
import { type Genesis, type GovernanceMode, genesisId } from '../../../consensus/genesis.ts';
import { nextSequence } from '../../../consensus/ledger/check-transactions.ts';
import type { LedgerRules } from '../../../consensus/ledger/context.ts';
import { type Execution, executeBlock } from '../../../consensus/ledger/execute-block.ts';
import { genesisWrites } from '../../../consensus/ledger/genesis-state.ts';
import * as kinds from '../../../consensus/ledger/kinds.ts';
import { type Change, encodeChange } from '../../../consensus/ledger/members/change.ts';
import { approvalObject } from '../../../consensus/ledger/members/proposals.ts';
import { CLINIC_KEYS, type ClinicRecord } from '../../../consensus/ledger/members/record.ts';
import {
  type CheckpointRow,
  changeCount,
  changeRow,
  finalityRow,
  findCheckpoint,
  setForBlock,
} from '../../../consensus/ledger/members/set-rows.ts';
import {
  encodeApprove,
  encodeEvidence,
  encodeLeave,
  encodePropose,
  governanceMessage,
} from '../../../consensus/ledger/members/types.ts';
import { objectId } from '../../../consensus/ledger/objects.ts';
import { signTransaction } from '../../../consensus/ledger/transaction.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { EPOCH_BLOCKS } from '../../../consensus/limits.ts';
import { type MemberSet, memberSetAt } from '../../../consensus/member-set.ts';
import { byClinic, GENESIS, named, Rows, START, salt, statement, T } from './fixture.ts';
import { said } from './refusals.ts';

const secrets = new Map<string, Uint8Array>();

/** A good key that a name stands for; `sign` knows its secret. */
export function keyOf(name: string): Uint8Array {
  const { seed, publicKey } = signingKeyPair(named(`key ${name}`));
  secrets.set(toHex(publicKey), seed);
  return publicKey;
}

export function sign(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  return signEd25519(secrets.get(toHex(publicKey))!, message);
}

export function recordOf(name: string, fields: Partial<ClinicRecord> = {}): ClinicRecord {
  const [governanceKey, nodeKey, gatewayKey, voteKey, encryptionKey] = CLINIC_KEYS.map((key) =>
    keyOf(`${key} ${name}`),
  );
  const keys = { governanceKey, nodeKey, gatewayKey, voteKey, encryptionKey };
  return { name: `Clinic ${name}`, ...keys, addresses: [], networks: ['192.0.2.0/28'], ...fields };
}

export const admit = (name: string, organisation: number | string, fields: Partial<ClinicRecord> = {}): Change => ({
  type: 'admit',
  organisation,
  clinic: recordOf(name, fields),
});

export const update = (clinic: number, fields: Partial<ClinicRecord>): Change => ({ type: 'update', clinic, fields });

/** `organisations`: the organisation of each founder, from 1. */
export function genesisOf(organisations: readonly number[], governance: GovernanceMode = 'clinic'): Genesis {
  return {
    ...GENESIS,
    governance,
    organisations: [...new Set(organisations)].map((number) => ({ number, name: `Organisation ${number}` })),
    clinics: organisations.map((organisation, at) => ({ ...recordOf(`${at + 1}`), number: at + 1, organisation })),
  };
}

export class TestNetwork {
  readonly genesis: Genesis;
  readonly id: Uint8Array;
  state = new Rows();
  height = 0;
  features: ReadonlySet<number> = KNOWN_FEATURES;
  /** Names the blocks of another branch. */
  branch = 'main';
  private readonly blocks: Uint8Array[];
  private readonly sets = new Map<number, MemberSet>();
  private count = 0;

  constructor(genesis: Genesis) {
    this.genesis = genesis;
    this.id = genesisId(genesis);
    this.state.write(genesisWrites(genesis));
    this.blocks = [finalityRow(this.state).finalised.id];
  }

  /** In force for the next block. */
  get members(): MemberSet {
    return this.setOf(setForBlock(this.state, this.height + 1).id);
  }

  setOf(id: number): MemberSet {
    const known = this.sets.get(id);
    if (known !== undefined) return known;
    const numbers = Array.from({ length: changeCount(this.state) }, (_, n) => n + 1);
    const changes = numbers.map((number) => changeRow(this.state, number).change);
    const set = memberSetAt(this.genesis, changes, id);
    this.sets.set(id, set);
    return set;
  }

  get rules(): LedgerRules {
    const { genesis, members, features } = this;
    const params = genesis.params;
    return { genesis, genesisId: this.id, params, members, setsOf: (id) => this.setOf(id), features };
  }

  /** Executes without committing. All statements are sent by their authors. */
  try(statements: readonly Statement[] = [], certificate: Uint8Array = EMPTY_BYTES, memberSet?: number): Execution {
    const { members } = this;
    const next = new Map<number, number>();
    const transactions = statements.map((one) => {
      if (one.author.type !== 'clinic') throw new Error('clinics only');
      const sender = members.clinic(one.author.clinic)!.nodeKey;
      const sequence = next.get(one.author.clinic) ?? nextSequence(this.state, sender);
      next.set(one.author.clinic, sequence + 1);
      const unsigned = { sender, sequence, validUntil: this.height + 10, statements: [one] };
      return signTransaction(this.id, unsigned, () => new Uint8Array(64));
    });
    const zero = new Uint8Array(32);
    const header = {
      version: 1,
      height: this.height + 1,
      parent: this.blocks[this.height],
      txRoot: zero,
      outcomeRoot: zero,
      stateRoot: zero,
      historyRoot: zero,
      memberSet: memberSet ?? members.id,
      signer: members.clinics[0].number,
      timestamp: START + (this.height + 1) * T,
      target: this.genesis.params.startTarget,
      extraNonce: 0n,
      nonce: 0n,
    };
    return executeBlock(this.rules, this.state, { header, certificate, transactions }, { recentSigners: [] });
  }

  block(statements: readonly Statement[] = [], certificate: Uint8Array = EMPTY_BYTES): Execution {
    const execution = this.try(statements, certificate);
    this.state.write(execution.writes);
    this.height += 1;
    this.blocks[this.height] = named(`${this.branch} ${this.height}`);
    return execution;
  }

  blocksTo(height: number): void {
    while (this.height < height) this.block();
  }

  /** The outcome of a statement in a block of its own. */
  say(one: Statement): string {
    return said(this.block([one]).outcomes[0][0]);
  }

  /** The same without committing. */
  ask(one: Statement): string {
    return said(this.try([one]).outcomes[0][0]);
  }

  checkpoint(epoch: number): Checkpoint {
    return { epoch, id: this.blocks[epoch * EPOCH_BLOCKS] };
  }

  setsAt({ id, previous }: CheckpointRow): QuorumSets & { current: MemberSet } {
    return { current: this.setOf(id), previous: previous === undefined ? undefined : this.setOf(previous) };
  }

  link(source: number, target: number): Link {
    const row = findCheckpoint(this.state, target);
    return {
      set: row?.id ?? this.members.id,
      source: this.checkpoint(source),
      target: this.checkpoint(target),
    };
  }

  vote(clinic: number, link: Link, key?: Uint8Array): Vote {
    const row = findCheckpoint(this.state, link.target.epoch)!;
    const publicKey = key ?? voteKeyOf(this.setsAt(row), clinic)!;
    return { link, clinic, signature: sign(publicKey, voteMessage(this.id, link)) };
  }

  /** By everyone who may vote, or by those whom `who` lets. */
  votes(source: number, target: number, who: (clinic: number) => boolean = () => true): Uint8Array {
    const link = this.link(source, target);
    const { current, previous } = this.setsAt(findCheckpoint(this.state, target)!);
    const numbers = new Set([...current.voters, ...(previous?.voters ?? [])].map(({ number }) => number));
    const voters = [...numbers].sort((a, b) => a - b).filter(who);
    return encodeCertificate({ type: 'votes', link, votes: voters.map((clinic) => this.vote(clinic, link)) });
  }

  certificate(certificate: Certificate): Uint8Array {
    return encodeCertificate(certificate);
  }

  /** Blocks to `height`, with a certificate for each epoch as soon as its checkpoint has three blocks on it. */
  runTo(height: number, who: (clinic: number) => boolean = () => true): void {
    while (this.height < height) {
      const next = this.height + 1;
      const epoch = Math.floor(next / EPOCH_BLOCKS);
      const { justified } = finalityRow(this.state);
      const isDue = next % EPOCH_BLOCKS === EPOCH_BLOCKS - 1 && epoch > justified.epoch;
      this.block([], isDue ? this.votes(justified.epoch, epoch, who) : EMPTY_BYTES);
    }
  }

  /** Until every approved change is in force and its set alone decides. */
  settle(who?: (clinic: number) => boolean): void {
    for (let i = 0; i < 40; i++) {
      const set = setForBlock(this.state, this.height + 1);
      if (set.id === changeCount(this.state) && set.previous === undefined) return;
      this.runTo(this.height + EPOCH_BLOCKS, who);
    }
    throw new Error('the changes do not come into force');
  }

  propose(change: Change, by: number, options: Partial<ProposeOptions> = {}): Statement {
    return this.proposal(kinds.MEMBERS_PROPOSE, encodeChange(change), by, options);
  }

  /** A proposal of any content. `sender` may be another clinic than the one whose governance key approves. */
  proposal(kind: number, content: Uint8Array, by: number, options: Partial<ProposeOptions> = {}): Statement {
    const { sender = by, expiry = this.height + 1000, name = `${this.count++}` } = options;
    const author = byClinic(sender);
    const object = objectId(kind, author, salt(name));
    const signature = options.signature ?? this.governance(by, object, content);
    const payload = encodePropose({ salt: salt(name), expiry, approval: { clinic: by, signature }, content });
    return this.dated({ kind, author, object, version: 1, payload });
  }

  approve(proposed: Statement, change: Change, by: number, sender = by): Statement {
    return this.approval(kinds.MEMBERS_APPROVE, proposed, encodeChange(change), by, sender);
  }

  approval(kind: number, proposed: Statement, content: Uint8Array, by: number, sender = by): Statement {
    const proposal = proposed.object;
    const payload = encodeApprove({
      proposal,
      approval: { clinic: by, signature: this.governance(by, proposal, content) },
    });
    const object = approvalObject(kind, proposal, by);
    return this.dated({ kind, author: byClinic(sender), object, version: 1, payload });
  }

  leave(by: number, sender = by): Statement {
    const author = byClinic(sender);
    const name = `${this.count++}`;
    const object = objectId(kinds.MEMBERS_LEAVE, author, salt(name));
    const signature = this.governance(by, object, encodeChange({ type: 'leave', clinic: by }));
    const payload = encodeLeave({ salt: salt(name), approval: { clinic: by, signature } });
    return this.dated({ kind: kinds.MEMBERS_LEAVE, author, object, version: 1, payload });
  }

  evidence(votes: readonly [Vote, Vote], sender: number): Statement {
    const author = byClinic(sender);
    const name = `${this.count++}`;
    const object = objectId(kinds.MEMBERS_EVIDENCE, author, salt(name));
    const payload = encodeEvidence({ salt: salt(name), votes });
    return this.dated({ kind: kinds.MEMBERS_EVIDENCE, author, object, version: 1, payload });
  }

  /** Proposed and approved by these clinics, in one block; gives how the last statement ended. */
  decide(change: Change, by: readonly number[]): string {
    const [first, ...others] = by;
    const proposed = this.propose(change, first);
    const approvals = others.map((clinic) => this.approve(proposed, change, clinic));
    return said(this.block([proposed, ...approvals]).outcomes.at(-1)![0]);
  }

  dated(fields: Parameters<typeof statement>[0]): Statement {
    return statement({ ...fields, issued: START + (this.height + 1) * T });
  }

  private governance(clinic: number, proposal: Uint8Array, content: Uint8Array): Uint8Array {
    const key = this.members.clinic(clinic)?.governanceKey ?? keyOf('stranger');
    return sign(key, governanceMessage(this.id, proposal, content));
  }
}

export interface ProposeOptions {
  readonly sender: number;
  readonly expiry: number;
  readonly name: string;
  readonly signature: Uint8Array;
}
