// The one row of activated features (PROTOCOL 7.2.1).
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { FeatureError } from '../../features.ts';
import { FEATURES_KEY } from '../tables.ts';
import type { StateReader } from '../types.ts';

export interface Activation {
  readonly feature: number;
  /** Of the first block that it is active for. */
  readonly height: number;
}

/** Features of one network, ever. */
export const MAX_ACTIVATIONS = 64;

/** In the order in which they were approved. */
export function encodeActivations(activations: readonly Activation[]): Uint8Array {
  const out = new Writer(2 + 10 * activations.length).u16(activations.length);
  for (const { feature, height } of activations) out.u16(feature).u64(height);
  return out.finish();
}

export function decodeActivations(bytes: Uint8Array): Activation[] {
  const input = new Reader(bytes);
  const count = input.u16();
  const activations: Activation[] = [];
  for (let i = 0; i < count; i++) activations.push({ feature: input.u16(), height: input.u64() });
  input.end();
  return activations;
}

export function activationsOf(state: StateReader): Activation[] {
  const bytes = state.get(FEATURES_KEY);
  return bytes === undefined ? [] : decodeActivations(bytes);
}

export function isActive(state: StateReader, feature: number, height: number): boolean {
  return activationsOf(state).some((one) => one.feature === feature && one.height <= height);
}

/** Throws FeatureError when a block of this height needs what `features` lack. */
export function checkFeatures(features: ReadonlySet<number>, state: StateReader, height: number): void {
  for (const { feature, height: from } of activationsOf(state)) {
    if (from <= height && !features.has(feature)) throw new FeatureError({ code: 'feature.unknown', feature, height });
  }
}
