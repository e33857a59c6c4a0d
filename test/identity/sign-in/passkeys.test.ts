import { base64urlnopad } from '@scure/base';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { fromHex } from '../../../common/bytes.ts';
import type { PasskeyPart } from '../../../identity/people/types.ts';
import { passkeyAddress, type RelyingParty } from '../../../identity/sign-in/passkey-address.ts';
import {
  claimedPasskey,
  createdPasskey,
  passkeyCreation,
  passkeyRequest,
  shownPasskey,
} from '../../../identity/sign-in/passkeys.ts';
import { type Deviation, SoftwareAuthenticator } from '../../helpers/software-authenticator.ts';

const origin = 'https://clinic.example:8641';
const party: RelyingParty = { rpId: 'clinic.example', origins: [origin], name: 'Clinic 1' };
const user = '000102030405060708090a0b0c0d0e0f';
const person = { user, name: 'anna', displayName: 'Anna Lee' };
const refused = expect.objectContaining({ code: 'session.refused' });
const noAnswer = expect.objectContaining({ code: 'passkey.answer' });

async function registered(device: SoftwareAuthenticator): Promise<PasskeyPart> {
  const challenge = randomBytes(32);
  const options = await passkeyCreation(party, person, [], challenge);
  const made = await createdPasskey(party, challenge, device.create(options));
  return { ...made, id: 'p-0000000000000000000000', label: 'Telephone', made: 0 };
}

describe('passkeys', () => {
  let device: SoftwareAuthenticator;
  let passkey: PasskeyPart;
  let counter = 0;
  const known = () => ({ passkey, user, counter });
  const show = async (deviation: Deviation = {}, asked = party) => {
    const challenge = randomBytes(32);
    const options = await passkeyRequest(party, [], challenge);
    return shownPasskey(asked, challenge, device.get(options, deviation), known());
  };

  beforeAll(async () => {
    device = new SoftwareAuthenticator({ origin });
    passkey = await registered(device);
  });

  it('asks for a verified person, a passkey that names itself, its PRF extension and no attestation', async () => {
    const options = await passkeyCreation(party, person, [passkey], randomBytes(32));
    expect(options.authenticatorSelection).toMatchObject({ residentKey: 'required', userVerification: 'required' });
    expect(options.attestation).toBe('none');
    expect(options.user.id).toBe(base64urlnopad.encode(fromHex(user)));
    expect(options.excludeCredentials).toEqual([
      { id: passkey.credential, type: 'public-key', transports: ['internal', 'hybrid'] },
    ]);
    const request = await passkeyRequest(party, [], randomBytes(32));
    expect(request.userVerification).toBe('required');
    expect(request.allowCredentials).toBeUndefined();
    for (const { extensions } of [options, request]) {
      expect(extensions).toMatchObject({ prf: { eval: { first: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) } } });
    }
  });

  it('takes the answer of the device, remembers what it can, and moves its counter on', async () => {
    expect(passkey).toMatchObject({ credential: device.id, rpId: 'clinic.example', prf: true, synced: false });
    const first = await show();
    expect(first).toBeGreaterThan(0);
    counter = first;
    counter = await show();
    expect(counter).toBeGreaterThan(first);
  });

  it.each<[string, Deviation]>([
    ['another challenge', { challenge: base64urlnopad.encode(new Uint8Array(32)) }],
    ['the page of somebody else', { origin: 'https://c1inic.example:8641' }],
    ['another port of the host', { origin: 'https://clinic.example' }],
    ['no encryption', { origin: 'http://clinic.example:8641' }],
    ['another host', { rpId: 'example' }],
    ['the registration of a passkey', { type: 'webauthn.create' }],
    ['nobody present', { present: false }],
    ['an unverified person', { verified: false }],
    ['a page inside another page', { crossOrigin: true }],
    ['another person', { userHandle: base64urlnopad.encode(new Uint8Array(16)) }],
    ['a counter that stood still', { counter: 0 }],
  ])('refuses an answer for %s', async (_, deviation) => {
    await expect(show(deviation)).rejects.toEqual(refused);
    counter = await show();
  });

  it('refuses an answer that was shown before, one of a passkey that nobody has, and one with another key', async () => {
    const challenge = randomBytes(32);
    const answer = device.get(await passkeyRequest(party, [], challenge));
    await expect(shownPasskey(party, randomBytes(32), answer, known())).rejects.toEqual(refused);
    await expect(shownPasskey(party, challenge, answer, undefined)).rejects.toEqual(refused);
    const other = await registered(new SoftwareAuthenticator({ origin }));
    const mixed = { ...passkey, publicKey: other.publicKey };
    await expect(shownPasskey(party, challenge, answer, { ...known(), passkey: mixed })).rejects.toEqual(refused);
    counter = await shownPasskey(party, challenge, answer, known());
    await expect(shownPasskey(party, challenge, answer, known())).rejects.toEqual(refused);
    expect(claimedPasskey(answer)).toBe(passkey.credential);
  });

  it('lets passkeys that are copied between devices stay at 0', async () => {
    const copied = new SoftwareAuthenticator({ origin, step: 0 });
    const part = await registered(copied);
    expect(part.synced).toBe(true);
    for (let i = 0; i < 2; i++) {
      const challenge = randomBytes(32);
      const answer = copied.get(await passkeyRequest(party, [part], challenge));
      await expect(shownPasskey(party, challenge, answer, { passkey: part, user, counter: 0 })).resolves.toBe(0);
    }
  });

  it.each<[string, Deviation]>([
    ['another challenge', { challenge: base64urlnopad.encode(new Uint8Array(32)) }],
    ['another page', { origin: 'https://clinic.example' }],
    ['another host', { rpId: 'other.example' }],
    ['an assertion', { type: 'webauthn.get' }],
    ['an unverified person', { verified: false }],
    ['a page inside another page', { crossOrigin: true }],
    ['an unknown attestation', { format: 'made-up' }],
    ['an attestation beside none', { statement: new Map([['sig', new Uint8Array(8)]]) }],
  ])('registers nothing from an answer for %s', async (_, deviation) => {
    const challenge = randomBytes(32);
    const options = await passkeyCreation(party, person, [], challenge);
    const answer = new SoftwareAuthenticator({ origin }).create(options, deviation);
    await expect(createdPasskey(party, challenge, answer)).rejects.toEqual(noAnswer);
  });

  it('takes no attestation of a maker: its check could ask other machines', async () => {
    const challenge = randomBytes(32);
    const options = await passkeyCreation(party, person, [], challenge);
    for (const format of ['packed', 'tpm', 'android-key', 'android-safetynet', 'apple', 'fido-u2f']) {
      const statement = new Map<string, unknown>([
        ['alg', -7],
        ['sig', new Uint8Array(64)],
        ['x5c', [new Uint8Array(64)]],
      ]);
      const answer = new SoftwareAuthenticator({ origin }).create(options, { format, statement });
      const error = await createdPasskey(party, challenge, answer).catch((caught: Error) => caught);
      expect(error).toEqual(noAnswer);
      expect((error as Error).cause).toMatchObject({ message: 'attestation of a maker' });
    }
  });

  it('refuses an answer that carries what opens the vault', async () => {
    const challenge = randomBytes(32);
    const answer = device.get(await passkeyRequest(party, [], challenge));
    const leaking = { ...answer, clientExtensionResults: { prf: { results: { first: 'AAAA' } } } };
    await expect(shownPasskey(party, challenge, leaking, known())).rejects.toMatchObject({ code: 'passkey.secret' });
  });

  it('answers anything else with a coded refusal, whatever is in it', async () => {
    const challenge = randomBytes(32);
    const good = device.get(await passkeyRequest(party, [], challenge));
    const bytes = fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value).toString('base64url'));
    const anything = fc.oneof(fc.jsonValue(), bytes, fc.constant('A'.repeat(100_000)));
    const coded = (promise: Promise<unknown>) =>
      promise.then(
        () => expect.unreachable('nothing here is right'),
        (error) => expect(['session.refused', 'passkey.answer']).toContain(error.code),
      );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('clientDataJSON', 'authenticatorData', 'signature', 'attestationObject'),
        anything,
        async (member, value) => {
          const response = { ...(good.response as object), attestationObject: 'o2NmbXQ', [member]: value };
          const answer = { ...good, response };
          if (member !== 'attestationObject') await coded(shownPasskey(party, challenge, answer, known()));
          await coded(createdPasskey(party, challenge, answer));
        },
      ),
      { numRuns: 60 },
    );
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        await coded(shownPasskey(party, challenge, value, known()));
        await coded(createdPasskey(party, challenge, value));
      }),
      { numRuns: 60 },
    );
    const polluted = JSON.parse(`{"__proto__": ${JSON.stringify(good)}}`);
    await coded(shownPasskey(party, challenge, polluted, known()));
    await coded(shownPasskey(party, challenge, Object.create(good), known()));
    expect({}).not.toHaveProperty('rawId');
  });
});

describe('addresses for passkeys', () => {
  it.each([
    ['https://clinic.example', false, 'clinic.example'],
    ['https://clinic-2.hospital.example:8443', false, 'clinic-2.hospital.example'],
    ['http://localhost:8641', false, 'localhost'],
    ['http://clinic1.localhost:8641', false, 'clinic1.localhost'],
  ])('are had at %s', (page, selfSigned, rpId) => {
    const address = passkeyAddress({ origin: page, selfSigned, name: 'Clinic' });
    expect(address).toEqual({ possible: true, party: { rpId, origins: [page], name: 'Clinic' } });
  });

  it.each([
    ['http://clinic.example', false, 'https'],
    ['http://127.0.0.1:8641', false, 'host name'],
    ['https://192.0.2.7', false, 'host name'],
    ['https://[2001:db8::1]', false, 'host name'],
    ['https://clinic.example', true, 'certificate'],
    ['https://localhost', true, 'certificate'],
    ['https://clinic.example/path', false, 'address'],
    ['file:///', false, 'address'],
    ['', false, 'address'],
    ['https://localhost.evil_host', false, 'letters'],
  ])('are ruled out at %s in plain words', (page, selfSigned, word) => {
    const address = passkeyAddress({ origin: page, selfSigned, name: 'Clinic' });
    expect(address).toEqual({ possible: false, reason: expect.stringContaining(word) });
  });
});
