// Whether a change may follow upon a member set (PROTOCOL 7.1.4). Owns no quorum.
import { applyChange, type MemberSet, nextNumber } from '../../member-set.ts';
import type { RefusalName } from '../codes.ts';
import type { StateReader } from '../types.ts';
import type { Change } from './change.ts';
import { areFree } from './keys.ts';
import { isOwnNetwork } from './own-network.ts';
import type { ClinicRecord } from './record.ts';

/** More could not make a certificate that fits into a block. */
export const MAX_CLINICS = 1024;
const LAST_NUMBER = 0xffff;

const ADDRESS = /^\/(?:ip4|ip6|dns|dns4|dns6)\/[!-.0-~]+\/tcp\/[1-9][0-9]{0,4}$/;
// one space inside is fine, none around; no control characters
const NAME = /^(?! )[^\p{Cc}]+(?<! )$/u;

/** Undefined when it may. */
export function changeProblem(state: StateReader, set: MemberSet, change: Change): RefusalName | undefined {
  const problem = ownProblem(state, set, change);
  if (problem !== undefined) return problem;
  // Without a voter nothing is final any more, and no change would ever bite.
  return applyChange(set, change).voters.length === 0 ? 'last-voter' : undefined;
}

function ownProblem(state: StateReader, set: MemberSet, change: Change): RefusalName | undefined {
  switch (change.type) {
    case 'admit': {
      const { organisation, clinic } = change;
      if (set.size >= MAX_CLINICS || nextNumber(set.records) > LAST_NUMBER) return 'network-full';
      return organisationProblem(set, organisation) ?? recordProblem(state, set, clinic, 0);
    }
    case 'update':
      if (set.clinic(change.clinic) === undefined) return 'not-member';
      return recordProblem(state, set, change.fields, change.clinic);
    case 'remove-organisation':
      return set.clinicsOf(change.organisation).length === 0 ? 'unknown-organisation' : undefined;
    case 'suspend-vote':
      if (set.clinic(change.clinic)?.voteSuspended) return 'vote-suspended';
      return set.clinic(change.clinic) === undefined ? 'not-member' : undefined;
    default:
      return set.clinic(change.clinic) === undefined ? 'not-member' : undefined;
  }
}

function organisationProblem(set: MemberSet, organisation: number | string): RefusalName | undefined {
  if (typeof organisation === 'number') {
    return set.clinicsOf(organisation).length === 0 ? 'unknown-organisation' : undefined;
  }
  if (!NAME.test(organisation)) return 'payload';
  return set.organisations.some(({ name }) => name === organisation) ? 'name-taken' : undefined;
}

function recordProblem(
  state: StateReader,
  set: MemberSet,
  record: Partial<ClinicRecord>,
  self: number,
): RefusalName | undefined {
  const { name, addresses = [], networks = [] } = record;
  if (name !== undefined && !NAME.test(name)) return 'payload';
  if (!addresses.every((address) => ADDRESS.test(address))) return 'payload';
  if (!networks.every(isOwnNetwork)) return 'payload';
  const taken = set.clinics.some((clinic) => clinic.name === name && clinic.number !== self);
  if (taken) return 'name-taken';
  return areFree(state, record) ? undefined : 'member-key-known';
}
