// What one RPC method is: its name and the shapes of its parameters and result. Who may call it stands in rpc/access/.
// Owns no method; one file per area beside it lists them.
import type { z } from 'zod';

export interface MethodSpec {
  readonly summary: string;
  /** Always an object: parameters go by name. */
  readonly params: z.ZodType;
  readonly result: z.ZodType;
  /** Values of `error.data.code` that this method answers with; `area.*` stands for all codes of an area. */
  readonly errors: readonly string[];
  /** Units of the caller's rate limit; 1 when absent. */
  readonly cost?: number;
}

export type Named<T extends Record<string, MethodSpec>> = { readonly [K in keyof T]: T[K] & { readonly name: K } };

/** Gives every method the name of its key. */
export function defineMethods<const T extends Record<string, MethodSpec>>(specs: T): Named<T> {
  const named = Object.entries(specs).map(([name, spec]) => [name, { ...spec, name }]);
  return Object.fromEntries(named) as Named<T>;
}
