// Failures that the client itself finds; no node sent them.
import { DOOR_ERROR, RpcError } from '../errors.ts';

export function localError(code: string, message: string, cause?: unknown): RpcError {
  return new RpcError({ code, number: DOOR_ERROR, details: {} }, message, { cause });
}
