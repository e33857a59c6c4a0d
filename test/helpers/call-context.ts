// The context of a call for tests that call handlers without a door.
import { OPEN, OPERATOR, type Principal } from '../../rpc/access/principal.ts';
import type { CallContext, ClientFacts } from '../../rpc/ports.ts';

export const CLIENT: ClientFacts = {
  address: '127.0.0.1',
  userAgent: undefined,
  secure: false,
  host: 'localhost',
  origin: undefined,
  device: undefined,
};

export function callContext(principal: Principal = OPEN, more: Partial<CallContext> = {}): CallContext {
  return { principal, signal: new AbortController().signal, client: CLIENT, cookies: undefined, ...more };
}

export const operatorContext = (): CallContext => callContext(OPERATOR);
