// member_*: the members and their sets, invitations, proposals of governance and their approval with this clinic's key.
import { randomBytes, signEd25519 } from '#crypto';
import { equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { Reader } from '../../common/codec/reader.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import * as kinds from '../../consensus/ledger/kinds.ts';
import { type Change, decodeChange, encodeChange } from '../../consensus/ledger/members/change.ts';
import { decodeProposalRow, type ProposalRow } from '../../consensus/ledger/members/proposal-rows.ts';
import { approvalObject } from '../../consensus/ledger/members/proposals.ts';
import { areMost, mayChange } from '../../consensus/ledger/members/quorum.ts';
import { encodeApprove, encodeLeave, encodePropose, governanceMessage } from '../../consensus/ledger/members/types.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { encodeActivation, readActivation } from '../../consensus/ledger/params/apply.ts';
import type { Activation } from '../../consensus/ledger/params/rows.ts';
import { proposalKey, TABLES } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { MemberSet } from '../../consensus/member-set.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Params } from '../../rpc/schema/methods.ts';
import type { Chain } from '../chain/chain.ts';
import type { ClinicAuthor, ClinicStatement } from '../clinic-author.ts';
import { type Founder, parseFounder } from '../genesis/founder-file.ts';
import { JoiningError } from '../joining/errors.ts';
import { MAX_INVITATION_PEERS, signInvitation } from '../joining/invitation.ts';
import { OBSERVER, type Observers } from '../joining/observers.ts';
import type { ClinicSeeds } from '../keystore/contents.ts';
import type { MiningHistory } from '../mining-history.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ChainStore } from '../store/ports.ts';
import { recordState } from './chain-reader.ts';
import { ServiceError } from './errors.ts';

type Asked = Params<'member_propose'>['change'];

export type MemberHandlers = Pick<Handlers, Extract<keyof Handlers, `member_${string}`>>;

/** How long a proposal can be approved: a week of blocks at T = 30 s. */
const PROPOSAL_BLOCKS = 20_160;
const PAGE = 256;

export interface MemberServiceOptions {
  readonly genesis: Genesis;
  readonly genesisId: Uint8Array;
  readonly seeds: ClinicSeeds;
}

export interface MemberServiceModules {
  readonly chain: Chain;
  readonly store: ChainStore;
  readonly network: Network;
  readonly observers: Observers;
  readonly outbox: Outbox;
  readonly author: ClinicAuthor;
  readonly history: MiningHistory;
  readonly clock: Clock;
}

export function memberService(options: MemberServiceOptions, modules: MemberServiceModules): MemberHandlers {
  const { genesis, genesisId, seeds } = options;
  const { chain, store, network, observers, outbox, author, history, clock } = modules;
  const us = { type: 'clinic', clinic: author.clinic } as const;

  const connected = (): ReadonlySet<string> =>
    new Set([network.peerId, ...network.peers().map(({ peerId }) => peerId)]);

  const approval = (proposal: Uint8Array, content: Uint8Array) => ({
    clinic: author.clinic,
    signature: signEd25519(seeds.governance, governanceMessage(genesisId, proposal, content)),
  });

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

  /** The least number of further approvals that could be enough, taking the clinics in their order. */
  function missingApprovals(set: MemberSet, change: Change | undefined, given: readonly ClinicNumber[]): number {
    const approved = new Set(given);
    const enough = (): boolean =>
      change === undefined
        ? areMost(genesis.governance, set.clinics, approved)
        : mayChange(genesis.governance, set, change, approved);
    for (const { number } of set.clinics) {
      if (enough()) break;
      if (!isAccused(number, change, set)) approved.add(number);
    }
    return approved.size - given.length;
  }

  return {
    member_list: async ({ former }) => {
      const { members: set, view } = chain;
      const here = connected();
      return {
        memberSet: set.id,
        previousSet: view.set.previous ?? null,
        next: view.ripe === undefined ? null : { memberSet: view.ripe.count, height: view.ripe.bites },
        governance: genesis.governance,
        organisations: (former ? set.organisationRecords : set.organisations).map(({ number, name }) => ({
          number,
          name,
        })),
        members: (former ? set.records : set.clinics).map((member) => ({
          number: member.number,
          name: member.name,
          organisation: member.organisation,
          status: member.status,
          voteSuspended: member.voteSuspended,
          connected: here.has(peerIdOf(member.nodeKey)),
          lastBlock: history.of(member.number)?.last ?? null,
          governanceKey: toHex(member.governanceKey),
          nodeKey: toHex(member.nodeKey),
          gatewayKey: toHex(member.gatewayKey),
          voteKey: toHex(member.voteKey),
          encryptionKey: toHex(member.encryptionKey),
        })),
      };
    },

    member_invite: async ({ clinic, forMs }) => {
      const self = chain.members.clinic(author.clinic);
      if (self === undefined) throw new JoiningError({ code: 'clinic.not-a-member' });
      const founder = parseFounder(clinic);
      const already = chain.members.clinics.find(({ nodeKey }) => equalBytes(nodeKey, founder.nodeKey));
      if (already !== undefined) throw new JoiningError({ code: 'observers.member', clinic: already.number });
      const expires = clock.now() + forMs;
      const { nodeKey, name, addresses } = founder;
      await observers.add({ nodeKey, name, addresses, expires });
      // Us first: we let it in at once; the others do when it is a member.
      const peers = [self, ...chain.members.clinics.filter(({ number }) => number !== self.number)];
      const invitation = signInvitation(
        { genesisId, nodeKey, expires, peers: peers.slice(0, MAX_INVITATION_PEERS) },
        seeds.node,
      );
      return { invitation, name, nodeKey: toHex(nodeKey), expires };
    },

    member_observers: async () => {
      const here = connected();
      return {
        observers: observers.list().map(({ nodeKey, name, expires }) => ({
          nodeKey: toHex(nodeKey),
          name,
          expires,
          connected: here.has(peerIdOf(nodeKey)),
        })),
      };
    },

    member_uninvite: async ({ nodeKey }) => ({ removed: await observers.remove(fromHex(nodeKey)) }),

    member_propose: async ({ change: given }) => {
      const { kind, content, summary } = contentOf(given, chain.members);
      const salt = randomBytes(SALT_BYTES);
      const object = objectId(kind, us, salt);
      const expiry = chain.tip.header.height + PROPOSAL_BLOCKS;
      const payload = encodePropose({ salt, expiry, approval: approval(object, content), content });
      const sent = await send({ kind, object, version: 1, payload });
      return { ...sent, proposal: toHex(object), summary };
    },

    member_approve: async ({ proposal }) => {
      const id = fromHex(proposal);
      const [bytes] = await store.states([proposalKey(id)]);
      if (bytes === undefined) throw new ServiceError({ code: 'member.unknown-proposal' });
      const { subject, content } = decodeProposalRow(bytes);
      const kind = subject === 'members' ? kinds.MEMBERS_APPROVE : kinds.PARAMS_APPROVE;
      const payload = encodeApprove({ proposal: id, approval: approval(id, content) });
      return send({ kind, object: approvalObject(kind, id, author.clinic), version: 1, payload });
    },

    member_leave: async () => {
      if (author.clinic === OBSERVER) throw new JoiningError({ code: 'clinic.not-a-member' });
      const salt = randomBytes(SALT_BYTES);
      const object = objectId(kinds.MEMBERS_LEAVE, us, salt);
      const content = encodeChange({ type: 'leave', clinic: author.clinic });
      const payload = encodeLeave({ salt, approval: approval(object, content) });
      return send({ kind: kinds.MEMBERS_LEAVE, object, version: 1, payload });
    },

    member_proposals: async () => {
      const { height } = chain.tip.header;
      const set = chain.members;
      return {
        proposals: (await proposals()).map(([id, row]) => {
          const open = row.live && row.expiry > height;
          const change = row.subject === 'members' ? decodeChange(row.content) : undefined;
          return {
            id: toHex(id),
            status: !row.live ? ('approved' as const) : open ? ('open' as const) : ('expired' as const),
            summary: change === undefined ? activationSummary(row.content) : summaryOf(change, set),
            type: change?.type ?? 'activate',
            proposer: row.approvals[0],
            expires: row.expiry,
            approvals: [...row.approvals],
            missing: open ? missingApprovals(set, change, row.approvals) : 0,
          };
        }),
      };
    },
  };
}

/** Throws GenesisError for a document that is none, `member.unknown` for whom nobody knows. */
function contentOf(given: Asked, set: MemberSet): { kind: number; content: Uint8Array; summary: string } {
  if (given.type === 'activate') {
    return { kind: kinds.PARAMS_PROPOSE, content: encodeActivation(given), summary: inWords(given) };
  }
  const change = changeOf(given, set);
  return { kind: kinds.MEMBERS_PROPOSE, content: encodeChange(change), summary: summaryOf(change, set) };
}

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
      const { name, addresses, networks } = given;
      if (name === undefined && addresses === undefined && networks === undefined) {
        throw new ServiceError({ code: 'member.nothing' });
      }
      return { type: 'update', clinic: given.clinic, fields: { name, addresses, networks } };
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

/** Whose approval of a removal is not waited for. */
function isAccused(clinic: ClinicNumber, change: Change | undefined, set: MemberSet): boolean {
  if (change?.type === 'remove-clinic') return clinic === change.clinic;
  return change?.type === 'remove-organisation' && set.clinic(clinic)?.organisation === change.organisation;
}

/** In words. */
function summaryOf(change: Change, set: MemberSet): string {
  const clinic = (number: number): string => `clinic ${number} (${set.record(number)?.name ?? 'unknown'})`;
  switch (change.type) {
    case 'admit': {
      const { organisation } = change;
      const owner =
        typeof organisation === 'string'
          ? `the new organisation ${organisation}`
          : (set.organisationRecords.find(({ number }) => number === organisation)?.name ??
            `organisation ${organisation}`);
      return `admit ${change.clinic.name} of ${owner}`;
    }
    case 'update':
      return `change ${Object.keys(change.fields).join(', ')} of ${clinic(change.clinic)}`;
    case 'remove-clinic':
      return `remove ${clinic(change.clinic)}`;
    case 'remove-organisation':
      return `remove organisation ${change.organisation} with all its clinics`;
    case 'leave':
      return `${clinic(change.clinic)} leaves`;
    case 'suspend-vote':
      return `suspend the votes of ${clinic(change.clinic)}`;
  }
}

function activationSummary(content: Uint8Array): string {
  return inWords(readActivation(new Reader(content)));
}

function inWords({ feature, height }: Activation): string {
  return `activate feature ${feature} from height ${height} on`;
}
