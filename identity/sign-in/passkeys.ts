// Passkeys (WebAuthn): what a browser is asked, and whether its answer proves what it should. The person is verified by the
// device each time (face, finger, PIN). Attestation of makers is not asked for and not taken: its checks would reach for
// certificates elsewhere.

import { base64urlnopad } from '@scure/base';
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import { fromHex } from '../../common/bytes.ts';
import type { PasskeyPart } from '../people/types.ts';
import { PRF_INPUT } from '../vault/ways.ts';
import { SignInError } from './errors.ts';
import type { RelyingParty } from './passkey-address.ts';
import { readAssertion, readAttestation } from './passkey-answer.ts';
import { TICKET_TTL_MS } from './tickets.ts';

export const CHALLENGE_BYTES = 32;
/** EdDSA, ES256, RS256 of COSE. */
const ALGORITHMS = [-8, -7, -257];
/** Passkeys of one person. */
export const MAX_PASSKEYS = 10;

/** Loaded with the first passkey: every start would be a fifth of a second longer. */
const server = () => import('@simplewebauthn/server');
const helpers = () => import('@simplewebauthn/server/helpers');

/** Asked of the PRF extension at every sign-in; what it gives opens the vault and stays in the browser. Base64url. */
const EXTENSIONS = { prf: { eval: { first: base64urlnopad.encode(PRF_INPUT) } } } as object;

/** Throws nothing: `challenge` is CHALLENGE_BYTES at random, kept in the ticket. */
export async function passkeyCreation(
  party: RelyingParty,
  person: { readonly user: string; readonly name: string; readonly displayName: string },
  existing: readonly Pick<PasskeyPart, 'credential' | 'transports'>[],
  challenge: Uint8Array,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { generateRegistrationOptions } = await server();
  return generateRegistrationOptions({
    rpName: party.name,
    rpID: party.rpId,
    userID: copy(fromHex(person.user)),
    userName: person.name,
    userDisplayName: person.displayName,
    challenge: copy(challenge),
    timeout: TICKET_TTL_MS,
    attestationType: 'none',
    excludeCredentials: existing.map(({ credential, transports }) => ({ id: credential, transports: [...transports] })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
    extensions: EXTENSIONS,
  });
}

export type NewPasskey = Pick<
  PasskeyPart,
  'credential' | 'publicKey' | 'counter' | 'transports' | 'rpId' | 'prf' | 'synced'
>;

/** Throws SignInError: `passkey.answer`, `passkey.secret`. */
export async function createdPasskey(party: RelyingParty, challenge: Uint8Array, answer: unknown): Promise<NewPasskey> {
  const { id, clientDataJSON, attestationObject, transports, prf } = readAttestation(answer);
  try {
    await refuseFrames(clientDataJSON);
    await refuseMakers(attestationObject);
    const { verifyRegistrationResponse } = await server();
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: {
        id,
        rawId: id,
        type: 'public-key',
        response: { clientDataJSON, attestationObject, transports },
        clientExtensionResults: {},
      },
      expectedChallenge: base64urlnopad.encode(challenge),
      expectedOrigin: [...party.origins],
      expectedRPID: party.rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!verified || registrationInfo.credential.id !== id) throw new TypeError('not verified');
    const { credential, credentialDeviceType } = registrationInfo;
    return {
      credential: id,
      publicKey: base64urlnopad.encode(credential.publicKey),
      counter: credential.counter,
      transports,
      rpId: party.rpId,
      prf,
      synced: credentialDeviceType === 'multiDevice',
    };
  } catch (cause) {
    throw new SignInError({ code: 'passkey.answer' }, { cause });
  }
}

/** `passkeys`: those of the person who is signing in; none where the passkey itself is to say who it is. */
export async function passkeyRequest(
  party: RelyingParty,
  passkeys: readonly Pick<PasskeyPart, 'credential' | 'transports'>[],
  challenge: Uint8Array,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await server();
  const allow = passkeys.map(({ credential, transports }) => ({ id: credential, transports: [...transports] }));
  return generateAuthenticationOptions({
    rpID: party.rpId,
    challenge: copy(challenge),
    timeout: TICKET_TTL_MS,
    userVerification: 'required',
    extensions: EXTENSIONS,
    ...(allow.length === 0 ? {} : { allowCredentials: allow }),
  });
}

/** Which passkey an answer is of, to look it up; proves nothing. Throws SignInError as `createdPasskey`. */
export function claimedPasskey(answer: unknown): string {
  return readAssertion(answer).id;
}

/**
 * The signature counter, to be kept as used (0 for ever with passkeys that are copied between devices). `known`: the passkey
 * that the answer claims, whose it is, and its counter as it was last used; undefined when nobody has it.
 * Throws SignInError: `session.refused`, `passkey.answer`, `passkey.secret`.
 */
export async function shownPasskey(
  party: RelyingParty,
  challenge: Uint8Array,
  answer: unknown,
  known: { readonly passkey: PasskeyPart; readonly user: string; readonly counter: number } | undefined,
): Promise<number> {
  const { id, clientDataJSON, authenticatorData, signature, userHandle } = readAssertion(answer);
  try {
    if (known === undefined || known.passkey.credential !== id) throw new TypeError('unknown passkey');
    if (userHandle !== undefined && userHandle !== base64urlnopad.encode(fromHex(known.user))) {
      throw new TypeError("another person's passkey");
    }
    await refuseFrames(clientDataJSON);
    const { verifyAuthenticationResponse } = await server();
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id,
        rawId: id,
        type: 'public-key',
        response: { clientDataJSON, authenticatorData, signature },
        clientExtensionResults: {},
      },
      expectedChallenge: base64urlnopad.encode(challenge),
      expectedOrigin: [...party.origins],
      expectedRPID: party.rpId,
      requireUserVerification: true,
      credential: {
        id,
        publicKey: copy(base64urlnopad.decode(known.passkey.publicKey)),
        counter: Math.max(known.counter, known.passkey.counter),
      },
    });
    if (!verified) throw new TypeError('signature');
    return authenticationInfo.newCounter;
  } catch (cause) {
    throw new SignInError({ code: 'session.refused' }, { cause });
  }
}

/** Pages of the clinic stand in no other page. */
async function refuseFrames(clientDataJSON: string): Promise<void> {
  const { decodeClientDataJSON } = await helpers();
  const { crossOrigin, topOrigin } = decodeClientDataJSON(clientDataJSON);
  if ((crossOrigin ?? false) !== false || topOrigin !== undefined) throw new TypeError('inside another page');
}

/** No attestation, or one by the passkey's own key. */
async function refuseMakers(attestationObject: string): Promise<void> {
  const { decodeAttestationObject } = await helpers();
  const decoded = decodeAttestationObject(copy(base64urlnopad.decode(attestationObject)));
  const format = decoded.get('fmt');
  const own = format === 'packed' && decoded.get('attStmt').get('x5c') === undefined;
  if (format !== 'none' && !own) throw new TypeError('attestation of a maker');
}

/** The library takes arrays with memory of their own. */
function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
