// What this network cannot promise, as sentences for people (design section 2, 11). Owns the sentences and when they hold.
import type { MemberSet } from '../consensus/member-set.ts';

export function claimsOf(members: MemberSet): string[] {
  const holders = members.clinics.length;
  const organisations = members.organisations.length;
  const claims = [
    `Patient identifiers can be enumerated by the ${holders === 1 ? 'clinic that holds' : `${holders} clinics that hold`} the identifier key (threshold 1).`,
    'Nothing is final: a block counts as applied and may still be replaced by a longer branch.',
  ];
  if (holders < 4)
    claims.push(
      `With ${holders} clinic(s) the network does not outlive the loss of any one of them with all its promises.`,
    );
  if (organisations < 2) claims.push('With one organisation no one outside it watches the chain.');
  return claims;
}
