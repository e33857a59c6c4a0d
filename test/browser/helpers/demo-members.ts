// Made-up members for pages to show: a suspended vote, clinics that left or were removed, proposals in every state.
import type { Result } from '../../../rpc/schema/methods.ts';
import { CLINICS, idOf } from './demo-chain.ts';

export type DemoMembers = Result<'member_list'>;
export type DemoProposals = Result<'member_proposals'>['proposals'];

const KEY = idOf('key');
const KEYS = { governanceKey: KEY, nodeKey: KEY, gatewayKey: KEY, voteKey: KEY, encryptionKey: KEY };

/** The founders alone, all but the last connected. */
export function founders(): DemoMembers {
  return {
    memberSet: 0,
    previousSet: null,
    next: null,
    governance: 'clinic',
    organisations: [1, 2, 3].map((number) => ({ number, name: `Organisation ${'ABC'[number - 1]}` })),
    members: CLINICS.map((clinic) => ({
      ...clinic,
      status: 'active',
      voteSuspended: false,
      connected: clinic.number !== 4,
      lastBlock: clinic.number === 4 ? null : { height: clinic.number, timestamp: Date.now() - 60_000 },
      ...KEYS,
    })),
  };
}

/** After some years: one vote suspended, two clinics gone, the next change agreed. */
export function changed(nextHeight: number): DemoMembers {
  const { members, organisations } = founders();
  const gone = { organisation: 2, voteSuspended: false, connected: false, ...KEYS };
  return {
    memberSet: 3,
    previousSet: 2,
    next: { memberSet: 4, height: nextHeight },
    governance: 'organisation',
    organisations: [...organisations, { number: 4, name: 'Old Mill Trust' }],
    members: [
      ...members.map((member) => (member.number === 2 ? { ...member, voteSuspended: true } : member)),
      { ...gone, number: 5, name: 'Harbour Surgery', status: 'left', lastBlock: { height: 9, timestamp: Date.now() } },
      { ...gone, number: 6, name: 'Old Mill', organisation: 4, status: 'removed', lastBlock: null },
    ],
  };
}

export function proposals(head: number): DemoProposals {
  const one = (name: string) => ({ id: idOf(`proposal ${name}`), expires: head + 20_160, proposer: 1 });
  return [
    {
      ...one('admit'),
      status: 'open',
      summary: 'admit <img src=x onerror="document.title=1"> of the new organisation عيادة',
      type: 'admit',
      approvals: [1, 3],
      missing: 1,
    },
    {
      ...one('removal'),
      status: 'approved',
      summary: 'remove clinic 6 (Old Mill)',
      type: 'remove-clinic',
      proposer: 4,
      approvals: [4, 1, 2],
      missing: 0,
    },
    {
      ...one('feature'),
      status: 'expired',
      summary: 'activate feature 7 from height 900 on',
      type: 'activate',
      expires: 12,
      approvals: [6],
      proposer: 6,
      missing: 0,
    },
  ];
}
