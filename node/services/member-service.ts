import { equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Chain } from '../chain/chain.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import { parseFounder } from '../genesis/founder-file.ts';
import { JoiningError } from '../joining/errors.ts';
import { MAX_INVITATION_PEERS, signInvitation } from '../joining/invitation.ts';
import type { Observers } from '../joining/observers.ts';
import type { ClinicSeeds } from '../keystore/contents.ts';
import type { MiningHistory } from '../mining-history.ts';

export type MemberHandlers = Pick<Handlers, 'member_list' | 'member_invite' | 'member_observers' | 'member_uninvite'>;

export interface MemberServiceOptions {
  readonly genesis: Genesis;
  readonly genesisId: Uint8Array;
  readonly seeds: Pick<ClinicSeeds, 'node'>;
}

export interface MemberServiceModules {
  readonly chain: Chain;
  readonly network: Network;
  readonly observers: Observers;
  readonly author: ClinicAuthor;
  readonly history: MiningHistory;
  readonly clock: Clock;
}

export function memberService(options: MemberServiceOptions, modules: MemberServiceModules): MemberHandlers {
  const { genesis, genesisId, seeds } = options;
  const { chain, network, observers, author, history, clock } = modules;

  const connected = (): ReadonlySet<string> =>
    new Set([network.peerId, ...network.peers().map(({ peerId }) => peerId)]);

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
  };
}
