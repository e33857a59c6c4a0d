// Shapes that several areas share: hashes, amounts, statuses, pages. Bytes are lower-case hex, amounts decimal text,
// times ms since 1970. Owns no method.
import { z } from 'zod';

/** 32 bytes; upper-case input is accepted. */
export const hashParam = z
  .string()
  .toLowerCase()
  .regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits');
export const hash = z.string().regex(/^[0-9a-f]{64}$/);
export const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/);

/** Hex of at most `bytes` bytes. */
export function hexParam(bytes: number) {
  return z
    .string()
    .max(2 * bytes)
    .toLowerCase()
    .regex(/^(?:[0-9a-f]{2})*$/, 'expected hex of even length');
}

export const count = z.int().nonnegative();
export const height = count;
export const time = count;
export const clinicNumber = z.int().min(0).max(0xffff);

/** u64 or larger as decimal text. */
export const decimal = z.string().regex(/^(?:0|[1-9][0-9]{0,77})$/);
export const amountParam = z.string().regex(/^[1-9][0-9]{0,19}$/, 'expected a positive whole number as text');

export const empty = z.strictObject({});

export function limitParam(max: number, standard: number) {
  return z.int().min(1).max(max).default(standard);
}

/** Queued: on this clinic's disk. Pending: sent, in no block. Applied: in a block. Final: certified. Refused: did not happen. */
export const statementStatus = z.enum(['queued', 'pending', 'applied', 'final', 'refused']);
export type StatementStatus = z.infer<typeof statementStatus>;

const outcomeResult = z.enum(['applied', 'already-applied', 'known', 'attached', 'refused']);

/** How a statement, or one entry of a list, ended. `code` names the refusal, `message` says it in a sentence. */
const entryOutcome = z.object({ result: outcomeResult, code: z.string().nullable(), message: z.string().nullable() });
export const outcome = z.object({ ...entryOutcome.shape, entries: z.array(entryOutcome) });
export type OutcomeView = z.infer<typeof outcome>;

/** Where a statement stands. `unknown`: not seen here yet. */
export const statementState = z.object({
  id: hash,
  status: z.enum([...statementStatus.options, 'unknown']),
  transaction: hash.nullable(),
  height: height.nullable(),
  outcome: outcome.nullable(),
  /** Why it was refused, when it was: a stable code and a sentence. */
  code: z.string().nullable(),
  reason: z.string().nullable(),
});
export type StatementState = z.infer<typeof statementState>;

export const clinicRef = z.object({ number: clinicNumber, name: z.string(), organisation: clinicNumber });

/** A FHIR resource or other foreign document; read by the area that takes it. */
export const jsonObject = z.record(z.string(), z.unknown());
