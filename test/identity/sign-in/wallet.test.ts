import fc from 'fast-check';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { createSiweMessage } from 'viem/siwe';
import { describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { walletMessage, walletOf } from '../../../identity/sign-in/wallet.ts';

const origin = 'https://clinic.example:8641';
const now = Date.UTC(2026, 10, 21, 9);
const account = privateKeyToAccount(generatePrivateKey());
const address = account.address.toLowerCase();
const statement = 'Sign in to Clinic 1.';
const refused = expect.objectContaining({ code: 'session.refused' });

const issue = (given: object = {}) =>
  walletMessage({ address, chainId: 1, origin, statement, now, ...given }, randomBytes);

describe('wallet sign-in', () => {
  it('takes a signature over the message that the clinic wrote, and names the account', async () => {
    const issued = await issue();
    expect(issued.message).toContain(`clinic.example:8641 wants you to sign in with your Ethereum account:\n`);
    expect(issued.message).toContain(`\nURI: ${origin}\nVersion: 1\nChain ID: 1\nNonce: ${issued.nonce}\n`);
    const signature = await account.signMessage({ message: issued.message });
    await expect(walletOf(issued, signature, { origin, now: now + 1000 })).resolves.toBe(address);
  });

  it('gives every message a nonce of its own', async () => {
    const issued = await Promise.all(Array.from({ length: 100 }, () => issue()));
    expect(new Set(issued.map(({ nonce }) => nonce)).size).toBe(100);
  });

  it.each([
    ['another domain', { domain: 'evil.example' }],
    ['another page', { uri: 'https://clinic.example:8641/else' }],
    ['another nonce', { nonce: 'ffffffffffffffff' }],
    ['another chain', { chainId: 5 }],
    ['a later end', { expirationTime: new Date(now + 86_400_000) }],
  ])('refuses a signature over a message with %s', async (_, deviation) => {
    const issued = await issue();
    const message = createSiweMessage({
      address: account.address,
      chainId: 1,
      domain: 'clinic.example:8641',
      uri: origin,
      version: '1',
      nonce: issued.nonce,
      statement,
      issuedAt: new Date(now),
      expirationTime: new Date(now + 300_000),
      ...deviation,
    });
    const signature = await account.signMessage({ message });
    await expect(walletOf(issued, signature, { origin, now })).rejects.toEqual(refused);
    // The same without the deviation is what the clinic wrote.
    const same = createSiweMessage({
      ...{ address: account.address, chainId: 1, domain: 'clinic.example:8641', uri: origin, version: '1' as const },
      ...{ nonce: issued.nonce, statement, issuedAt: new Date(now), expirationTime: new Date(now + 300_000) },
    });
    expect(same).toBe(issued.message);
  });

  it('refuses a right signature that comes from another page, too late, or under another nonce or chain', async () => {
    const issued = await issue();
    const signature = await account.signMessage({ message: issued.message });
    const check = (given: object, at: object) => walletOf({ ...issued, ...given }, signature, { origin, now, ...at });
    await expect(check({}, { origin: 'https://clinic.example' })).rejects.toEqual(refused);
    await expect(check({}, { origin: 'http://clinic.example:8641' })).rejects.toEqual(refused);
    await expect(check({}, { origin: 'null' })).rejects.toEqual(refused);
    await expect(check({}, { now: now + 300_000 })).rejects.toEqual(refused);
    await expect(check({}, { now: now - 60_001 })).rejects.toEqual(refused);
    await expect(check({ nonce: 'ffffffffffffffff' }, {})).rejects.toEqual(refused);
    await expect(check({ chainId: 2 }, {})).rejects.toEqual(refused);
    await expect(check({}, { now: now + 299_999 })).resolves.toBe(address);
  });

  it('refuses a signature of another account and everything that is no signature', async () => {
    const issued = await issue();
    const other = await privateKeyToAccount(generatePrivateKey()).signMessage({ message: issued.message });
    const right = await account.signMessage({ message: issued.message });
    const changed = fc.tuple(fc.integer({ min: 2, max: 129 }), fc.integer({ min: 1, max: 15 })).map(([at, by]) => {
      const digit = (Number.parseInt(right[at], 16) ^ by).toString(16);
      return right.slice(0, at) + digit + right.slice(at + 1);
    });
    const hex = fc
      .uint8Array({ minLength: 65, maxLength: 65 })
      .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`);
    await expect(walletOf(issued, other, { origin, now })).rejects.toEqual(refused);
    await fc.assert(
      fc.asyncProperty(fc.oneof(changed, hex, fc.string(), fc.constant(`${right}00`)), async (signature) => {
        await expect(walletOf(issued, signature, { origin, now })).rejects.toEqual(refused);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['no account', { address: '0x1234' }, 'wallet.account'],
    ['a name', { address: 'vitalik.eth' }, 'wallet.account'],
    ['a broken chain', { chainId: 1.5 }, 'wallet.account'],
    ['no chain', { chainId: 0 }, 'wallet.account'],
    ['an address that EIP-4361 cannot name', { origin: 'http://[::1]:8641' }, 'wallet.address'],
    ['a statement of two lines', { statement: 'Sign in\nURI: https://evil.example' }, 'wallet.address'],
  ])('writes no message for %s', async (_, given, code) => {
    await expect(issue(given)).rejects.toEqual(expect.objectContaining({ code }));
  });
});
