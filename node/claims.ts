// What this network cannot promise, as sentences for people (design section 2, 11). Owns the sentences and when they hold.
import { GENESIS_GENERATION } from '../consensus/ledger/ceremony/purpose.ts';
import type { MemberSet } from '../consensus/member-set.ts';
import { CUSTODIANS } from '../records/chart/custodians.ts';
import type { KeyGeneration } from './ceremony/shares.ts';

export function claimsOf(members: MemberSet, identifierKey?: KeyGeneration): string[] {
  return [
    ...identifierClaims(members, identifierKey),
    ...custodyClaims(members),
    ...finalityClaims(members),
    ...organisationClaims(members),
  ];
}

/** Whoever has the shares that make the key can compute the identifier of every number that there is. */
function identifierClaims(members: MemberSet, key: KeyGeneration | undefined): string[] {
  const { clinics } = members;
  if (key === undefined || key.generation === GENESIS_GENERATION) {
    const holders = clinics.length === 1 ? 'clinic that holds' : `${clinics.length} clinics that hold`;
    return [
      `Patient identifiers can be enumerated by the ${holders} the identifier key (threshold 1): begin a ceremony.`,
    ];
  }
  return [...historyClaims(key), ...holderClaims(members, key)];
}

function historyClaims({ threshold, origin, holders }: KeyGeneration): string[] {
  const together = `Patient identifiers can be enumerated by any ${threshold} of the ${holders.length} clinics that hold shares of the identifier key, acting together.`;
  if (origin >= threshold) return [together];
  const before =
    origin === 1
      ? 'Patient identifiers can be enumerated by whoever kept the identifier key of before the first ceremony: every member had the whole of it.'
      : `Patient identifiers can be enumerated by any ${origin} clinics that kept shares of an earlier generation of the identifier key.`;
  return [together, before];
}

function holderClaims({ clinics, organisations, records }: MemberSet, { threshold, holders }: KeyGeneration): string[] {
  const claims: string[] = [];
  const holding = new Set(holders.map(({ clinic }) => clinic));
  for (const { number, name } of organisations) {
    const own = clinics.filter((clinic) => clinic.organisation === number && holding.has(clinic.number)).length;
    if (own >= threshold) claims.push(`The clinics of ${name} can enumerate patient identifiers on their own.`);
  }
  const members = new Set(clinics.map(({ number }) => number));
  const left = records.filter(({ number }) => holding.has(number) && !members.has(number));
  const without = clinics.filter(({ number }) => !holding.has(number));
  if (holders.length - left.length <= threshold) {
    claims.push('No new patient identifier can be computed while one more clinic that holds a share is away.');
  }
  for (const [some, what] of [
    [left, 'is no member any more and still holds'],
    [without, 'is a member and does not hold'],
  ] as const) {
    for (const { name } of some) claims.push(`${name} ${what} a share of the identifier key: begin a ceremony.`);
  }
  return claims;
}

/** Rows of a chart are kept by others that hold no key of it: beside the writer, and whoever is granted something. */
function custodyClaims({ clinics }: MemberSet): string[] {
  const others = clinics.length - 1;
  const claims: string[] = [];
  if (others < CUSTODIANS) {
    claims.push(
      `Records are kept by fewer than ${CUSTODIANS} clinics beside the one that wrote them: while that one is away they may not be readable.`,
      'An erasure reaches a backup only when the key of the backup ends.',
    );
  } else if (others === CUSTODIANS) {
    claims.push(
      `A chart that is granted to another clinic has fewer than ${CUSTODIANS} others to keep it: while the clinic that wrote it is away it may not be readable.`,
    );
  }
  return claims;
}

/** More than two thirds of the voters decide: how many may be away, and how many may lie. */
function finalityClaims({ voters, clinics }: MemberSet): string[] {
  const count = voters.length;
  const needed = Math.floor((2 * count) / 3) + 1;
  const spare = count - needed;
  const claims: string[] = [];
  if (count === 1) claims.push('With one voting clinic, final means no more than that this clinic says so.');
  else if (spare === 0) {
    claims.push(`Nothing becomes final while any of the ${count} voting clinics is away or refuses to vote.`);
  }
  const suspended = clinics.length - count;
  if (suspended > 0) {
    claims.push(
      `${suspended === 1 ? 'One clinic has' : `${suspended} clinics have`} no say in finality: evidence suspended the vote key.`,
    );
  }
  if (clinics.length < 4) {
    claims.push(
      `With ${clinics.length} clinic${clinics.length === 1 ? '' : 's'} the network does not outlive the loss of any one of them with all its promises.`,
    );
  }
  return claims;
}

function organisationClaims(members: MemberSet): string[] {
  const { organisations, voters } = members;
  if (organisations.length < 2) return ['With one organisation no one outside it watches the chain.'];
  const claims: string[] = [];
  for (const { number, name } of organisations) {
    const own = voters.filter(({ organisation }) => organisation === number).length;
    if (3 * own > 2 * voters.length) claims.push(`The clinics of ${name} decide alone what becomes final.`);
    else if (3 * own >= voters.length) claims.push(`The clinics of ${name} can stop finality when they act together.`);
  }
  return claims;
}
