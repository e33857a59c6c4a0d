// The header Idempotency-Key: a structured-field string, or the bare token that many clients send.
import { doorError } from '../errors.ts';

/** Long enough for two UUIDs. */
const MAX_IDEMPOTENCY_KEY_LENGTH = 128;

const QUOTED = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;
const BARE = /^[A-Za-z0-9._~:+/=-]+$/;

/** Undefined without the header. Throws RpcError. */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const key = QUOTED.exec(text)?.[1].replaceAll(/\\(["\\])/g, '$1') ?? (BARE.test(text) ? text : '');
  if (key === '' || key.length > MAX_IDEMPOTENCY_KEY_LENGTH) throw doorError('rpc.idempotency-key');
  return key;
}
