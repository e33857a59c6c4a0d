// Membership and checkpoint files of the small node: fixed answers, and the refusals that callers can cause.
import { CodedError } from '../../../common/errors.ts';
import type { Handlers } from '../../../rpc/ports.ts';

class TinyError extends CodedError<{ code: string }> {}

const ID = 'ab'.repeat(32);
const SENT = { statement: ID, status: 'queued' as const };
const FILE = {
  ...{ version: 1 as const, genesis: ID, clinic: 1, action: 'approve' as const, subject: 'members' as const },
  ...{ proposal: ID, salt: null, expiry: null, content: '0500', summary: 'leave', signature: null },
};
const FOREVER = 1_790_000_000_000;

export function memberHandlers(blockCount: number) {
  return {
    member_invite: async ({ clinic, forMs }) => {
      if (!clinic.startsWith('{')) throw new TinyError({ code: 'genesis.format' });
      return { invitation: 'an invitation', name: 'Southside', nodeKey: ID, expires: FOREVER + forMs };
    },
    member_observers: async () => ({
      observers: [{ nodeKey: ID, name: 'Southside', expires: FOREVER, connected: false }],
    }),
    member_uninvite: async ({ nodeKey }) => ({ removed: nodeKey === ID }),
    member_propose: async ({ change }) => ({ ...SENT, proposal: ID, summary: change.type }),
    member_approve: async ({ proposal }) => {
      if (proposal !== ID) throw new TinyError({ code: 'member.unknown-proposal' });
      return SENT;
    },
    member_prepare: async () => FILE,
    member_submit: async ({ file }) => {
      if (file.signature === null) throw new TinyError({ code: 'member.unsigned' });
      return { ...SENT, proposal: file.proposal, summary: file.summary };
    },
    key_rotate: async ({ role }) => ({ role, publicKey: ID, ...SENT, proposal: ID, summary: 'another key' }),
    member_leave: async () => SENT,
    member_proposals: async () => {
      const votes = { proposer: 1, approvals: [1], missing: 2 };
      const what = { summary: 'Southside leaves', type: 'remove-clinic' };
      return { proposals: [{ id: ID, status: 'open' as const, ...what, ...votes, expires: 900 }] };
    },
    chain_signCheckpoint: async ({ height = 8 }) => {
      if (height % 4 !== 0 || height >= blockCount) throw new TinyError({ code: 'checkpoint.height' });
      return { set: 0, height, id: ID, signatures: [{ clinic: 1, signature: 'cd'.repeat(64) }] };
    },
    chain_installCheckpoint: async ({ height, id, signatures }) => {
      if (signatures.length < 2) throw new TinyError({ code: 'checkpoint.quorum' });
      return { final: { height, id } };
    },
  } satisfies Partial<Handlers>;
}
