// How an organisation's sharing begins anew (PROTOCOL 7.10.12): others say that what was held against it was false, and that
// is then held against whoever stopped it. Reached by clinics' node keys alone: no gateway decides whom to trust.
import { equalBytes } from '../../../common/bytes.ts';
import type { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import type { MemberSet } from '../../member-set.ts';
import type { StatementContext } from '../context.ts';
import { THREATS_REINSTATE } from '../kinds.ts';
import { childId, NO_OBJECT } from '../objects.ts';
import { ALREADY_APPLIED, APPLIED, refused } from '../outcome.ts';
import type { Overlay } from '../overlay.ts';
import { decodePayload } from '../payload.ts';
import type { OrganisationNumber, Outcome } from '../types.ts';
import { HIT_WEIGHT, REINSTATING_LIFE } from './trust/bounds.ts';
import type { Hit, TrustRow } from './trust/organisation-row.ts';
import { isMuted, mistaken, reinstated } from './trust/reputation.ts';
import { putTrust, trustOf } from './trust/standing.ts';

/** Fewer voices than these decide nothing where there are others. */
const LEAST_VOICES = 2;

/** `threats.reinstate`: whose sharing may begin anew. */
export function encodeReinstate(organisation: OrganisationNumber): Uint8Array {
  return new Writer(2).u16(organisation).finish();
}

export function readReinstate(input: Reader): OrganisationNumber {
  return input.u16();
}

/** One for each organisation, whoever speaks for it. */
export function reinstateObject(organisation: OrganisationNumber): Uint8Array {
  return childId(NO_OBJECT, THREATS_REINSTATE, encodeReinstate(organisation));
}

export function applyReinstate(context: StatementContext): Outcome {
  const { state, statement, sender, header, rules } = context;
  const organisation = decodePayload(statement.payload, readReinstate);
  if (organisation === undefined) return refused('payload');
  if (!equalBytes(statement.object, reinstateObject(organisation))) return refused('object');
  if (statement.version !== 1) return refused('version');
  if (rules.members.clinicsOf(organisation).length === 0) return refused('unknown-organisation');
  if (sender.organisation === organisation || sender.role === 'gateway') return refused('authority');
  const now = header.timestamp;
  const trust = trustOf(state, organisation, now);
  const before = trust.reinstating.filter(({ at }) => now - at < REINSTATING_LIFE);
  if (!isMuted(trust) || before.some((one) => one.organisation === sender.organisation)) return ALREADY_APPLIED;
  const reinstating = [...before, { organisation: sender.organisation, at: now }];
  context.emit('reinstated', { organisation, by: sender.clinic });
  const said = reinstating.map((one) => one.organisation);
  if (!areEnough(rules.members, { organisation, hits: trust.hits }, said)) {
    putTrust(state, organisation, { ...trust, reinstating });
    return APPLIED;
  }
  putTrust(state, organisation, reinstated(trust));
  for (const { by } of trust.hits) for (const disputer of by) blame(state, disputer, now);
  context.emit('restored', { organisation });
  return APPLIED;
}

/**
 * More than two thirds of the others, whose disputes stopped it left out: they would keep it stopped by saying nothing.
 * Where that leaves fewer than two, of all others.
 */
function areEnough(
  members: MemberSet,
  { organisation, hits }: Pick<TrustRow, 'hits'> & { readonly organisation: OrganisationNumber },
  said: readonly OrganisationNumber[],
): boolean {
  const others = members.organisations.map(({ number }) => number).filter((number) => number !== organisation);
  const unbound = others.filter((number) => !isBehind(hits, number));
  const voices = unbound.length < LEAST_VOICES ? others : unbound;
  return 3 * voices.filter((number) => said.includes(number)).length > 2 * voices.length;
}

function isBehind(hits: readonly Hit[], organisation: OrganisationNumber): boolean {
  return hits.some(({ by }) => by.includes(organisation));
}

/** A dispute that was false weighs as much against who made it as it did against whom it was made. */
function blame(state: Overlay, disputer: OrganisationNumber, now: number): void {
  putTrust(state, disputer, mistaken(trustOf(state, disputer, now), HIT_WEIGHT));
}
