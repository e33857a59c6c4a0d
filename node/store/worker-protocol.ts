// What travels between the store's client and its thread: calls, answers, errors with their codes. All of it is plain data.
import { CodecError, type CodecErrorType } from '../../common/codec/errors.ts';
import { CodedError } from '../../common/errors.ts';
import { BlockError, type BlockErrorType } from '../../consensus/chain/errors.ts';
import { FeatureError } from '../../consensus/features.ts';
import { LedgerError, type LedgerErrorType } from '../../consensus/ledger/errors.ts';
import { TreeError, type TreeErrorType } from '../../consensus/tree/errors.ts';
import { StoreError, type StoreErrorType } from './errors.ts';
import { ours } from './kv.ts';
import type { ChainStore } from './ports.ts';

export type Method = keyof ChainStore;

export interface Call {
  readonly id: number;
  readonly method: Method;
  readonly args: readonly unknown[];
}

export type PackedError = { readonly code: string } & Readonly<Record<string, unknown>>;

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: PackedError };

/** Buffers from this size on are handed over instead of copied; below it, copying is cheaper. */
const TRANSFER_BYTES = 64 * 1024;

/** The same data with every byte array alone in its buffer: cloning a view copies, and keeps, all that it is a view of. */
export function tight<T>(value: T): T {
  return tighten(value) as T;
}

function tighten(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array) {
    return value.byteLength === value.buffer.byteLength ? value : Uint8Array.prototype.slice.call(value);
  }
  if (Array.isArray(value)) return value.map(tighten);
  const out: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) out[key] = tighten(field);
  return out;
}

/** A result of bytes alone (a block) is handed over: the store keeps no other reference to it. */
export function transfers(result: unknown): ArrayBuffer[] {
  if (!(result instanceof Uint8Array) || result.byteLength < TRANSFER_BYTES) return [];
  return [result.buffer as ArrayBuffer];
}

export function packError(thrown: unknown): PackedError {
  const error = thrown instanceof CodedError ? thrown : ours(thrown, 'chain');
  if (error instanceof CodedError) return { ...error.type };
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'store.failed', reason };
}

export function unpackError(packed: PackedError): Error {
  const [area] = packed.code.split('.');
  const type: unknown = packed;
  if (area === 'block') return new BlockError(type as BlockErrorType);
  if (area === 'codec') return new CodecError(type as CodecErrorType);
  if (area === 'feature') return new FeatureError(type as FeatureError['type']);
  if (area === 'ledger') return new LedgerError(type as LedgerErrorType);
  if (area === 'tree') return new TreeError(type as TreeErrorType);
  return new StoreError(type as StoreErrorType);
}
