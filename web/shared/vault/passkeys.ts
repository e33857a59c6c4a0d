// Passkeys in this page. The PRF result is a way to a vault: it is taken out of everything that goes to the clinic.
import {
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser';
import { randomBytes } from '#crypto';
import { PRF_INPUT, type Way } from '../../../identity/vault/ways.ts';
import { bytesOfUrl, urlTextOf } from '../text/base64.ts';

interface PrfOutputs {
  readonly prf?: { readonly enabled?: boolean; readonly results?: { readonly first?: BufferSource } };
}

export interface PasskeyAnswer {
  /** For the clinic. */
  readonly response: Record<string, unknown>;
  /** Undefined when the passkey has no PRF. */
  readonly way: Way | undefined;
}

const PRF = { eval: { first: PRF_INPUT } };
const PRF_BYTES = 32;

/** Asks for a passkey; throws what the browser says. */
export async function askPasskey(options: Record<string, unknown>): Promise<PasskeyAnswer> {
  const optionsJSON = {
    ...options,
    extensions: extensionsOf(options),
  } as unknown as PublicKeyCredentialRequestOptionsJSON;
  return split(await startAuthentication({ optionsJSON }));
}

/** Makes a passkey. Many give their PRF result only when used, so it is used once, for this page alone. */
export async function makePasskey(options: Record<string, unknown>): Promise<PasskeyAnswer> {
  const optionsJSON = {
    ...options,
    extensions: extensionsOf(options),
  } as unknown as PublicKeyCredentialCreationOptionsJSON;
  const made = await startRegistration({ optionsJSON });
  const answer = split(made);
  const { prf } = made.clientExtensionResults as PrfOutputs;
  if (answer.way !== undefined || prf?.enabled !== true) return answer;
  const { way } = await askPasskey({
    challenge: urlTextOf(randomBytes(32)),
    rpId: optionsJSON.rp.id,
    allowCredentials: [{ id: made.id, type: 'public-key' }],
    userVerification: 'required',
  });
  return { response: answer.response, way };
}

function extensionsOf({ extensions }: Record<string, unknown>): Record<string, unknown> {
  return { ...(typeof extensions === 'object' ? extensions : {}), prf: PRF };
}

function split(answer: { readonly id: string; readonly clientExtensionResults: object }): PasskeyAnswer {
  const { prf, ...extensions } = answer.clientExtensionResults as PrfOutputs & Record<string, unknown>;
  const known = prf?.enabled === undefined ? {} : { prf: { enabled: prf.enabled } };
  const response = { ...answer, clientExtensionResults: { ...extensions, ...known } };
  const first = prf?.results?.first;
  if (first === undefined) return { response, way: undefined };
  const bytes = ArrayBuffer.isView(first)
    ? new Uint8Array(first.buffer, first.byteOffset, first.byteLength)
    : new Uint8Array(first);
  return { response, way: { kind: 'passkey', credential: bytesOfUrl(answer.id), prf: bytes.slice(0, PRF_BYTES) } };
}
