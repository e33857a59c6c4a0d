// JSON-RPC 2.0 messages: reading requests, writing answers. Exactly the specification; owns no method and no transport.
import { INTERNAL_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR, type RpcError } from '../errors.ts';

export type Id = string | number | null;

export interface Call {
  readonly method: string;
  readonly params: unknown;
  /** Undefined for a notification: it is never answered. */
  readonly id: Id | undefined;
}

export interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

const STANDARD: Readonly<Record<number, string>> = {
  [PARSE_ERROR]: 'Parse error',
  [INVALID_REQUEST]: 'Invalid Request',
  [METHOD_NOT_FOUND]: 'Method not found',
  [INTERNAL_ERROR]: 'Internal error',
};

/** The specification's own errors, without data. */
export function standardError(code: number): ErrorObject {
  return { code, message: STANDARD[code] };
}

export function errorObject(error: RpcError): ErrorObject {
  return { code: error.type.number, message: error.message, data: { ...error.details, code: error.code } };
}

export function errorAnswer(error: ErrorObject, id: Id): string {
  return JSON.stringify({ jsonrpc: '2.0', error, id });
}

/** Throws TypeError when the result has no JSON form. */
export function resultAnswer(result: unknown, id: Id): string {
  const text = JSON.stringify(result);
  if (text === undefined) throw new TypeError('a result must have a JSON form');
  return `{"jsonrpc":"2.0","result":${text},"id":${JSON.stringify(id)}}`;
}

export type Reading = { readonly ok: true; readonly call: Call } | { readonly ok: false; readonly id: Id };

/** One request object, or the id to answer Invalid Request with (null when there is no valid one). */
export function readCall(value: unknown): Reading {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { ok: false, id: null };
  const { jsonrpc, method, params, id } = value as Record<string, unknown>;
  const hasId = Object.hasOwn(value, 'id');
  const validId = isId(id);
  const answerTo = hasId && validId ? id : null;
  if (jsonrpc !== '2.0' || typeof method !== 'string' || (hasId && !validId)) return { ok: false, id: answerTo };
  const hasParams = Object.hasOwn(value, 'params');
  if (hasParams && (typeof params !== 'object' || params === null)) return { ok: false, id: answerTo };
  return { ok: true, call: { method, params, id: hasId ? (id as Id) : undefined } };
}

function isId(id: unknown): id is Id {
  return id === null || typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id));
}
