import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signingKeyPair } from '#crypto';
import { JoiningError } from '../../node/joining/errors.ts';
import { type Invitation, openInvitation, readInvitation, signInvitation } from '../../node/joining/invitation.ts';

const inviter = signingKeyPair(new Uint8Array(32).fill(1));
const joiner = signingKeyPair(new Uint8Array(32).fill(2));
const NOW = 1_700_000_000_000;

const invitation: Invitation = {
  genesisId: new Uint8Array(32).fill(7),
  nodeKey: joiner.publicKey,
  expires: NOW + 60_000,
  peers: [{ nodeKey: inviter.publicKey, addresses: ['/dns4/clinic.example/tcp/9641'] }],
};
const text = signInvitation(invitation, inviter.seed);

const codeOf = (open: () => unknown): string => {
  try {
    open();
    return 'opened';
  } catch (error) {
    return error instanceof JoiningError ? error.code : String(error);
  }
};

describe('an invitation', () => {
  it('is one short text that opens for the clinic that it names', () => {
    expect(text.length).toBeLessThan(500);
    expect(openInvitation(`  ${text}\n`, joiner.publicKey, NOW)).toEqual(invitation);
  });

  it('opens for nobody else, and not after its end', () => {
    expect(codeOf(() => openInvitation(text, inviter.publicKey, NOW))).toBe('invitation.not-for-us');
    expect(codeOf(() => openInvitation(text, joiner.publicKey, NOW + 60_000))).toBe('invitation.expired');
  });

  it('that was cut or altered anywhere is refused', () => {
    const start = text.indexOf(':') + 1;
    const bytes = Buffer.from(text.slice(start), 'base64url');
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3] ^= 1 << (bit & 7);
        const code = codeOf(() => readInvitation(text.slice(0, start) + flipped.toString('base64url')));
        expect(['invitation.signature', 'invitation.malformed']).toContain(code);
      }),
    );
    for (const length of [0, 1, start, start + 10, text.length - 2]) {
      expect(codeOf(() => readInvitation(text.slice(0, length)))).toBe('invitation.malformed');
    }
  });

  it('is refused when another than its first peer signed it', () => {
    expect(codeOf(() => readInvitation(signInvitation(invitation, joiner.seed)))).toBe('invitation.signature');
  });

  it('says of any other text that it is none', () => {
    fc.assert(
      fc.property(fc.string(), (other) => {
        expect(codeOf(() => readInvitation(other))).toBe('invitation.malformed');
      }),
    );
    expect(codeOf(() => readInvitation(`wardmesh-invitation-1:${'A'.repeat(1_000_000)}`))).toBe('invitation.malformed');
  });
});
