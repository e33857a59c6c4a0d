// The browser's answer to a passkey request, read within bounds before any of it is decoded. Refuses an answer that carries
// what the PRF extension gave: that opens the vault and stays in the browser.
import { MAX_CREDENTIAL_TEXT } from '../people/part-values.ts';
import { SignInError } from './errors.ts';

const MAX_CLIENT_DATA_TEXT = 4096;
const MAX_ATTESTATION_TEXT = 16_384;
const MAX_AUTHENTICATOR_DATA_TEXT = 4096;
const MAX_SIGNATURE_TEXT = 2048;
const MAX_USER_HANDLE_TEXT = 128;
const MAX_TRANSPORTS = 8;
const TRANSPORT = /^[a-z-]{1,32}$/;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

export interface AttestationAnswer {
  readonly id: string;
  readonly clientDataJSON: string;
  readonly attestationObject: string;
  readonly transports: string[];
  /** Whether the browser says that the passkey has the PRF extension. */
  readonly prf: boolean;
}

export interface AssertionAnswer {
  /** Names the passkey, base64url. */
  readonly id: string;
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
  /** Whose the passkey says it is, base64url. */
  readonly userHandle: string | undefined;
}

/** Throws SignInError: `passkey.answer`, `passkey.secret`. */
export function readAttestation(answer: unknown): AttestationAnswer {
  const { id, response, extensions } = envelope(answer);
  const transports = own(response, 'transports') ?? [];
  if (!Array.isArray(transports)) throw malformed();
  return {
    id,
    clientDataJSON: encoded(response, 'clientDataJSON', MAX_CLIENT_DATA_TEXT),
    attestationObject: encoded(response, 'attestationObject', MAX_ATTESTATION_TEXT),
    transports: transports
      .slice(0, MAX_TRANSPORTS)
      .filter((each): each is string => typeof each === 'string' && TRANSPORT.test(each)),
    prf: own(own(extensions, 'prf'), 'enabled') === true,
  };
}

/** Throws as `readAttestation`. */
export function readAssertion(answer: unknown): AssertionAnswer {
  const { id, response } = envelope(answer);
  const userHandle = own(response, 'userHandle');
  return {
    id,
    clientDataJSON: encoded(response, 'clientDataJSON', MAX_CLIENT_DATA_TEXT),
    authenticatorData: encoded(response, 'authenticatorData', MAX_AUTHENTICATOR_DATA_TEXT),
    signature: encoded(response, 'signature', MAX_SIGNATURE_TEXT),
    userHandle:
      userHandle === undefined || userHandle === null
        ? undefined
        : encoded(response, 'userHandle', MAX_USER_HANDLE_TEXT),
  };
}

function envelope(answer: unknown): { id: string; response: unknown; extensions: unknown } {
  const id = encoded(answer, 'id', MAX_CREDENTIAL_TEXT);
  if (own(answer, 'rawId') !== id || own(answer, 'type') !== 'public-key') throw malformed();
  const extensions = own(answer, 'clientExtensionResults');
  if (own(own(extensions, 'prf'), 'results') !== undefined) throw new SignInError({ code: 'passkey.secret' });
  return { id, response: own(answer, 'response'), extensions };
}

/** A member of the value itself, never of its prototype. */
function own(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function encoded(value: unknown, name: string, max: number): string {
  const text = own(value, name);
  if (typeof text !== 'string' || text.length > max || !BASE64URL.test(text)) throw malformed();
  return text;
}

function malformed(): SignInError {
  return new SignInError({ code: 'passkey.answer' });
}
