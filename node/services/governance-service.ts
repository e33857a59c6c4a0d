// Governance at the doors: proposals and approvals, with this clinic's governance key or with one that signs elsewhere, and
// new keys of this clinic. What a decision does is the members family's rule.
import { randomBytes, signEd25519 } from '#crypto';
import { equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import * as kinds from '../../consensus/ledger/kinds.ts';
import { type Change, decodeChange, encodeChange } from '../../consensus/ledger/members/change.ts';
import { decodeProposalRow, type ProposalRow } from '../../consensus/ledger/members/proposal-rows.ts';
import { approvalObject } from '../../consensus/ledger/members/proposals.ts';
import { areMost, mayChange } from '../../consensus/ledger/members/quorum.ts';
import type { ClinicRecord } from '../../consensus/ledger/members/record.ts';
import {
  encodeApprove,
  encodeLeave,
  encodePropose,
  type GovernanceSignature,
} from '../../consensus/ledger/members/types.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { encodeActivation } from '../../consensus/ledger/params/apply.ts';
import { proposalKey, TABLES } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { MemberSet } from '../../consensus/member-set.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Params } from '../../rpc/schema/methods.ts';
import type { Chain } from '../chain/chain.ts';
import type { ClinicAuthor, ClinicStatement } from '../clinic-author.ts';
import { type Founder, parseFounder } from '../genesis/founder-file.ts';
import { JoiningError } from '../joining/errors.ts';
import type { KeyRole } from '../keystore/contents.ts';
import { nextKey, publicKeyOf, RECORD_KEYS, seedsOf, withNextKey } from '../keystore/rotation.ts';
import { type Decision, decisionOf, fileOf, messageOf, signatureOf } from '../members/governance-file.ts';
import { contentInWords } from '../members/in-words.ts';
import type { KeyKeeper } from '../members/own-keys.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ChainStore } from '../store/ports.ts';
import { recordState } from './chain-reader.ts';
import { ServiceError } from './errors.ts';

type Asked = Params<'member_propose'>['change'];

export type GovernanceHandlers = Pick<
  Handlers,
  | 'member_propose'
  | 'member_approve'
  | 'member_prepare'
  | 'member_submit'
  | 'member_leave'
  | 'member_proposals'
  | 'key_rotate'
>;

/** How long a proposal can be approved: a week of blocks at T = 30 s. */
const PROPOSAL_BLOCKS = 20_160;
const PAGE = 256;
const SEED_BYTES = 32;

export interface GovernanceServiceOptions {
  readonly genesis: Genesis;
  readonly genesisId: Uint8Array;
}

export interface GovernanceServiceModules {
  readonly chain: Chain;
  readonly store: ChainStore;
  readonly outbox: Outbox;
  readonly author: ClinicAuthor;
  readonly keystore: KeyKeeper;
  readonly clock: Clock;
}

export function governanceService(
  { genesis, genesisId }: GovernanceServiceOptions,
  { chain, store, outbox, author, keystore, clock }: GovernanceServiceModules,
): GovernanceHandlers {
  const us = { type: 'clinic', clinic: author.clinic } as const;

  async function send(statement: ClinicStatement) {
    const [record] = await outbox.submit([author.make(statement)]);
    const { id, status } = recordState(record);
    return { statement: id, status };
  }

  async function proposals(): Promise<[Uint8Array, ProposalRow][]> {
    const found: [Uint8Array, ProposalRow][] = [];
    let after: Uint8Array | undefined;
    for (;;) {
      const rows = await store.stateRange(TABLES.proposal, new Uint8Array(0), after, PAGE);
      for (const [key, value] of rows) found.push([key.subarray(1), decodeProposalRow(value)]);
      if (rows.length < PAGE) break;
      after = rows[rows.length - 1][0];
    }
    return found.sort(([, a], [, b]) => b.height - a.height);
  }

  function statusOf({ live, expiry }: ProposalRow): 'open' | 'approved' | 'expired' {
    if (!live) return 'approved';
    return expiry > chain.tip.header.height ? 'open' : 'expired';
  }

  /** With whichever governance key of this keystore is the one in force. Throws `member.governance-elsewhere`. */
  function signed(decision: Decision): GovernanceSignature {
    const member = chain.members.clinic(author.clinic);
    if (member === undefined) throw new JoiningError({ code: 'clinic.not-a-member' });
    const seed = seedsOf(keystore.contents, 'governance').find((each) =>
      equalBytes(publicKeyOf('governance', each), member.governanceKey),
    );
    if (seed === undefined) throw new ServiceError({ code: 'member.governance-elsewhere' });
    return { clinic: author.clinic, signature: signEd25519(seed, messageOf(genesisId, decision)) };
  }

  async function toPropose(given: Asked): Promise<Decision> {
    const subject = given.type === 'activate' ? 'params' : 'members';
    const content = given.type === 'activate' ? encodeActivation(given) : encodeChange(changeOf(given, chain.members));
    const same = (await proposals()).find(([, row]) => statusOf(row) === 'open' && equalBytes(row.content, content));
    if (same !== undefined && same[1].subject === subject) {
      throw new ServiceError({ code: 'member.proposed', proposal: toHex(same[0]) });
    }
    const salt = randomBytes(SALT_BYTES);
    const kind = subject === 'members' ? kinds.MEMBERS_PROPOSE : kinds.PARAMS_PROPOSE;
    const expiry = chain.tip.header.height + PROPOSAL_BLOCKS;
    return { action: 'propose', subject, proposal: objectId(kind, us, salt), content, salt, expiry };
  }

  async function toApprove(proposal: string, clinic: ClinicNumber): Promise<Decision> {
    const id = fromHex(proposal);
    const [bytes] = await store.states([proposalKey(id)]);
    if (bytes === undefined) throw new ServiceError({ code: 'member.unknown-proposal' });
    const row = decodeProposalRow(bytes);
    const status = statusOf(row);
    if (status !== 'open') throw new ServiceError({ code: 'member.ended', status });
    if (row.approvals.includes(clinic)) throw new ServiceError({ code: 'member.approved' });
    return { action: 'approve', subject: row.subject, proposal: id, content: row.content };
  }

  function toLeave(): Decision {
    const salt = randomBytes(SALT_BYTES);
    const content = encodeChange({ type: 'leave', clinic: author.clinic });
    return { action: 'leave', subject: 'members', proposal: objectId(kinds.MEMBERS_LEAVE, us, salt), content, salt };
  }

  function statementOf(decision: Decision, approval: GovernanceSignature): ClinicStatement {
    const { action, subject, proposal, content, salt, expiry } = decision;
    const members = subject === 'members';
    switch (action) {
      case 'approve': {
        const kind = members ? kinds.MEMBERS_APPROVE : kinds.PARAMS_APPROVE;
        const payload = encodeApprove({ proposal, approval });
        return { kind, object: approvalObject(kind, proposal, approval.clinic), version: 1, payload };
      }
      case 'propose': {
        if (salt === undefined || expiry === undefined) throw new ServiceError({ code: 'member.nothing' });
        const kind = members ? kinds.MEMBERS_PROPOSE : kinds.PARAMS_PROPOSE;
        return { kind, object: proposal, version: 1, payload: encodePropose({ salt, expiry, approval, content }) };
      }
      case 'leave': {
        if (salt === undefined) throw new ServiceError({ code: 'member.nothing' });
        return { kind: kinds.MEMBERS_LEAVE, object: proposal, version: 1, payload: encodeLeave({ salt, approval }) };
      }
    }
  }

  const inWords = ({ subject, content }: Decision): string => contentInWords(subject, content, chain.members);

  async function propose(change: Asked) {
    const decision = await toPropose(change);
    const sent = await send(statementOf(decision, signed(decision)));
    return { ...sent, proposal: toHex(decision.proposal), summary: inWords(decision) };
  }

  return {
    member_propose: ({ change }) => propose(change),

    member_approve: async ({ proposal }) => {
      const decision = await toApprove(proposal, author.clinic);
      return send(statementOf(decision, signed(decision)));
    },

    member_leave: async () => {
      const decision = toLeave();
      return send(statementOf(decision, signed(decision)));
    },

    member_prepare: async ({ decision: asked }) => {
      if (chain.members.clinic(author.clinic) === undefined) throw new JoiningError({ code: 'clinic.not-a-member' });
      const decision =
        asked.action === 'propose'
          ? await toPropose(asked.change)
          : asked.action === 'approve'
            ? await toApprove(asked.proposal, author.clinic)
            : toLeave();
      return fileOf(decision, { genesis: toHex(genesisId), clinic: author.clinic, summary: inWords(decision) });
    },

    member_submit: async ({ file }) => {
      if (file.genesis !== toHex(genesisId)) throw new ServiceError({ code: 'member.other-network' });
      if (file.signature === null) throw new ServiceError({ code: 'member.unsigned' });
      const signature = signatureOf(file, chain.members);
      if (signature === undefined) throw new ServiceError({ code: 'member.signature', clinic: file.clinic });
      const decision = decisionOf(file);
      // An approval may be sent by anybody; what it approves must be there, and open.
      if (file.action === 'approve') await toApprove(file.proposal, file.clinic);
      const sent = await send(statementOf(decision, signature));
      return { ...sent, proposal: file.proposal, summary: inWords(decision) };
    },

    member_proposals: async () => {
      const set = chain.members;
      return {
        proposals: (await proposals()).map(([id, row]) => {
          const { subject, content, approvals, expiry } = row;
          const status = statusOf(row);
          const change = subject === 'members' ? decodeChange(content) : undefined;
          return {
            id: toHex(id),
            status,
            summary: contentInWords(subject, content, set),
            type: change?.type ?? 'activate',
            proposer: approvals[0],
            expires: expiry,
            approvals: [...approvals],
            missing: status === 'open' ? missingApprovals(genesis, set, change, approvals) : 0,
          };
        }),
      };
    },

    key_rotate: async ({ role }) => {
      if (chain.members.clinic(author.clinic) === undefined) throw new JoiningError({ code: 'clinic.not-a-member' });
      // On disk before anybody hears of it: a key that is in force and that nobody holds would end this clinic.
      const contents = await keystore.update((before) =>
        withNextKey(before, role, randomBytes(SEED_BYTES), clock.now()),
      );
      const publicKey = toHex(publicKeyOf(role, nextKey(contents, role)!.seed));
      const sent = await propose({ type: 'update', clinic: author.clinic, keys: { [role]: publicKey } });
      return { role, publicKey, ...sent };
    },
  };
}

/** Throws GenesisError for a document that is none, `member.unknown` for whom nobody knows. */
function changeOf(given: Exclude<Asked, { type: 'activate' }>, set: MemberSet): Change {
  switch (given.type) {
    case 'admit': {
      const { organisation: name, ...clinic }: Founder = parseFounder(given.clinic);
      const known = set.organisations.find((organisation) => organisation.name === name);
      return { type: 'admit', organisation: known?.number ?? name, clinic };
    }
    case 'update': {
      if (set.clinic(given.clinic) === undefined)
        throw new ServiceError({ code: 'member.unknown', number: given.clinic });
      const { name, addresses, networks, keys = {} } = given;
      const fields: { -readonly [K in keyof ClinicRecord]?: ClinicRecord[K] } = { name, addresses, networks };
      for (const [role, key] of Object.entries(keys)) {
        if (key !== undefined) fields[RECORD_KEYS[role as KeyRole]] = fromHex(key);
      }
      if (Object.values(fields).every((value) => value === undefined)) {
        throw new ServiceError({ code: 'member.nothing' });
      }
      return { type: 'update', clinic: given.clinic, fields };
    }
    case 'remove-clinic':
      if (set.clinic(given.clinic) === undefined)
        throw new ServiceError({ code: 'member.unknown', number: given.clinic });
      return given;
    case 'remove-organisation':
      if (set.clinicsOf(given.organisation).length === 0) {
        throw new ServiceError({ code: 'member.unknown', number: given.organisation });
      }
      return given;
  }
}

/** The least number of further approvals that could be enough, taking the clinics in their order. */
function missingApprovals(
  { governance }: Genesis,
  set: MemberSet,
  change: Change | undefined,
  given: readonly ClinicNumber[],
): number {
  const approved = new Set(given);
  const enough = (): boolean =>
    change === undefined ? areMost(governance, set.clinics, approved) : mayChange(governance, set, change, approved);
  for (const { number } of set.clinics) {
    if (enough()) break;
    if (!isAccused(number, change, set)) approved.add(number);
  }
  return approved.size - given.length;
}

/** Whose approval of a removal is not waited for. */
function isAccused(clinic: ClinicNumber, change: Change | undefined, set: MemberSet): boolean {
  if (change?.type === 'remove-clinic') return clinic === change.clinic;
  return change?.type === 'remove-organisation' && set.clinic(clinic)?.organisation === change.organisation;
}
