import { describe, expect, it } from 'vitest';
import { type Member, MemberSet } from '../../consensus/member-set.ts';
import { claimsOf } from '../../node/claims.ts';

/** One clinic per entry, which is its organisation's number. */
function network(organisations: readonly number[], suspended: readonly number[] = []): string {
  const key = (n: number) => new Uint8Array(32).fill(n);
  const records = organisations.map(
    (organisation, index): Member => ({
      number: index + 1,
      organisation,
      name: `Clinic ${index + 1}`,
      status: 'active',
      voteSuspended: suspended.includes(index + 1),
      governanceKey: key(10 * index + 1),
      nodeKey: key(10 * index + 2),
      gatewayKey: key(10 * index + 3),
      voteKey: key(10 * index + 4),
      encryptionKey: key(10 * index + 5),
      addresses: [],
      networks: [],
    }),
  );
  const names = [...new Set(organisations)].map((number) => ({ number, name: `Organisation ${number}` }));
  return claimsOf(new MemberSet(0, records, names)).join('\n');
}

describe('what a network cannot promise', () => {
  it('says of one clinic that its word is all there is', () => {
    expect(network([1])).toMatch(/this clinic says so[\s\S]*loss of any one[\s\S]*one organisation/);
  });

  it('says of two and three that all must vote', () => {
    expect(network([1, 2])).toContain('while any of the 2 voting clinics is away');
    expect(network([1, 2, 3])).toContain('while any of the 3 voting clinics is away');
    expect(network([1, 2, 3, 4])).not.toContain('is away');
  });

  it('names organisations that can stop finality or decide it alone', () => {
    expect(network([1, 1, 2, 3])).toContain('clinics of Organisation 1 can stop finality');
    expect(network([1, 1, 1, 2])).toContain('clinics of Organisation 1 decide alone');
    expect(network([1, 2, 3, 4])).not.toMatch(/stop finality|decide alone/);
  });

  it('counts those whose votes are suspended as no voters', () => {
    expect(network([1, 2, 3, 4], [4])).toMatch(/3 voting clinics is away[\s\S]*One clinic has no say/);
  });
});
