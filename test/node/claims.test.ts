import { describe, expect, it } from 'vitest';
import { type Member, MemberSet } from '../../consensus/member-set.ts';
import { claimsOf } from '../../node/claims.ts';

/** One clinic per entry, which is its organisation's number. */
function network(
  organisations: readonly number[],
  suspended: readonly number[] = [],
  key?: Parameters<typeof claimsOf>[1],
): string {
  const keyOf = (n: number) => new Uint8Array(32).fill(n);
  const records = organisations.map(
    (organisation, index): Member => ({
      number: index + 1,
      organisation,
      name: `Clinic ${index + 1}`,
      status: 'active',
      voteSuspended: suspended.includes(index + 1),
      governanceKey: keyOf(10 * index + 1),
      nodeKey: keyOf(10 * index + 2),
      gatewayKey: keyOf(10 * index + 3),
      voteKey: keyOf(10 * index + 4),
      encryptionKey: keyOf(10 * index + 5),
      addresses: [],
      networks: [],
    }),
  );
  const names = [...new Set(organisations)].map((number) => ({ number, name: `Organisation ${number}` }));
  return claimsOf(new MemberSet(0, records, names), key).join('\n');
}

describe('what a network cannot promise', () => {
  it('says of one clinic that its word is all there is', () => {
    expect(network([1])).toMatch(/this clinic says so[\s\S]*loss of any one[\s\S]*one organisation/);
  });

  it('says of two and three that all must vote', () => {
    expect(network([1, 2])).toContain('while any of the 2 voting clinics is away');
    expect(network([1, 2, 3])).toContain('while any of the 3 voting clinics is away');
    expect(network([1, 2, 3, 4])).not.toContain('voting clinics is away');
  });

  it('says where too few clinics are left to keep the keys of records', () => {
    for (const few of [[1], [1, 2]]) {
      expect(network(few)).toMatch(/Records are kept by fewer than 2 clinics[\s\S]*reaches a backup only when/);
    }
    expect(network([1, 2, 3])).toContain('granted to another clinic has fewer than 2 others to keep it');
    expect(network([1, 2, 3])).not.toMatch(/Records are kept by fewer|reaches a backup/);
    expect(network([1, 2, 3, 4])).not.toMatch(/to keep it|Records are kept/);
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

describe('what the history of the identifier key still allows', () => {
  const shared = (threshold: number, origin: number, clinics: readonly number[]) => ({
    purpose: 'identifier' as const,
    generation: 1,
    publicKey: new Uint8Array(32),
    threshold,
    origin,
    holders: clinics.map((clinic) => ({ clinic, index: clinic, verificationShare: new Uint8Array(32) })),
  });
  const four = [1, 1, 2, 3];

  it('without a ceremony every clinic can enumerate identifiers', () => {
    expect(network(four)).toContain('by the 4 clinics that hold the identifier key (threshold 1): begin a ceremony');
  });

  it('a key that nobody had whole: only a threshold together', () => {
    const claims = network(four, [], shared(3, 3, [1, 2, 3, 4]));
    expect(claims).toContain('by any 3 of the 4 clinics that hold shares');
    expect(claims).not.toMatch(/kept|on their own|begin a ceremony/);
  });

  it('says so for ever when the key was whole, or held by fewer, before', () => {
    expect(network(four, [], shared(3, 1, [1, 2, 3, 4]))).toContain('whoever kept the identifier key');
    expect(network([1, 2, 3, 4, 5, 6, 7], [], shared(4, 3, [1, 2, 3, 4, 5, 6, 7]))).toContain(
      'by any 3 clinics that kept shares of an earlier generation',
    );
  });

  it('names an organisation that has enough shares of its own', () => {
    expect(network([1, 1, 1, 2, 3], [], shared(3, 3, [1, 2, 3, 4, 5]))).toContain(
      'The clinics of Organisation 1 can enumerate patient identifiers on their own.',
    );
  });

  it('names members without a share and says when none may be away', () => {
    const claims = network(four, [], shared(3, 3, [1, 2, 4]));
    expect(claims).toContain('Clinic 3 is a member and does not hold a share');
    expect(claims).toContain('while one more clinic that holds a share is away');
  });
});
