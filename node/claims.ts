// What this network cannot promise, as sentences for people (design section 2, 11). Owns the sentences and when they hold.
import type { MemberSet } from '../consensus/member-set.ts';

export function claimsOf(members: MemberSet): string[] {
  return [...identifierClaims(members), ...finalityClaims(members), ...organisationClaims(members)];
}

function identifierClaims({ clinics }: MemberSet): string[] {
  const holders = clinics.length === 1 ? 'clinic that holds' : `${clinics.length} clinics that hold`;
  return [`Patient identifiers can be enumerated by the ${holders} the identifier key (threshold 1).`];
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
