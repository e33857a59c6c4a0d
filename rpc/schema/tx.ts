// Methods that send statements and follow them: submit, wait, mempool, outbox.
import { z } from 'zod';
import { MAX_ATTACHMENT_BYTES, MAX_TRANSACTION_BYTES } from '../../consensus/limits.ts';
import { defineMethods } from './method.ts';
import {
  clinicNumber,
  count,
  empty,
  hash,
  hashParam,
  height,
  hexParam,
  limitParam,
  statementState,
  statementStatus,
  time,
} from './shapes.ts';

/** Statements in one call of tx_submit or tx_wait. */
export const MAX_SUBMIT = 512;

const submitted = z.strictObject({
  /** The encoded, signed statement (PROTOCOL 4.1). */
  statement: hexParam(MAX_TRANSACTION_BYTES),
  attachment: z.strictObject({ salt: hexParam(32).length(64), bytes: hexParam(MAX_ATTACHMENT_BYTES) }).optional(),
});

export const txMethods = defineMethods({
  tx_submit: {
    summary: 'Accepts signed statements: what is answered as queued is on disk and is sent until applied or refused.',
    params: z.strictObject({ statements: z.array(submitted).min(1).max(MAX_SUBMIT) }),
    result: z.object({
      /** In the order of the call. `id` is null where the bytes are no statement. */
      statements: z.array(z.object({ ...statementState.shape, id: hash.nullable() })),
    }),
    errors: ['outbox.full', 'outbox.stopped'],
    cost: 4,
  },
  tx_wait: {
    summary: 'Answers when every named statement has reached a status or was refused, or when the time is over.',
    params: z.strictObject({
      statements: z.array(hashParam).min(1).max(MAX_SUBMIT),
      until: z.enum(['pending', 'applied', 'final']).default('applied'),
      timeoutMs: z.int().min(0).max(60_000).default(30_000),
    }),
    result: z.object({
      /** False when the time was over first. A refused statement counts as reached. */
      reached: z.boolean(),
      statements: z.array(statementState),
    }),
    errors: [],
  },
  mempool_status: {
    summary: 'What waits for a block.',
    params: empty,
    result: z.object({
      transactions: count,
      statements: count,
      bytes: count,
      maxBytes: count,
      clinics: z.array(z.object({ clinic: clinicNumber, transactions: count, bytes: count })),
    }),
    errors: [],
  },
  outbox_list: {
    summary: 'Statements made at this clinic, newest first, with their status.',
    params: z.strictObject({
      status: statementStatus.optional(),
      limit: limitParam(500, 100),
      /** `next` of the page before. */
      after: z.string().max(128).optional(),
    }),
    result: z.object({
      entries: z.array(
        z.object({
          ...statementState.shape,
          status: statementStatus,
          /** `family.action`. */
          name: z.string(),
          made: time,
          validUntil: height.nullable(),
        }),
      ),
      total: count,
      next: z.string().nullable(),
    }),
    errors: ['rpc.bad-cursor'],
    cost: 2,
  },
});
