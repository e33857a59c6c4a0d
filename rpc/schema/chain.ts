// Methods that read the chain: head, blocks, transactions, statements, search.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import {
  clinicNumber,
  count,
  decimal,
  empty,
  hash,
  hashParam,
  height,
  hex,
  limitParam,
  outcome,
  statementStatus,
  time,
} from './shapes.ts';

/** `replaced`: stored, but not on the main chain any more. */
const blockStatus = z.enum(['applied', 'final', 'replaced']);

export const blockSummary = z.object({
  height,
  id: hash,
  parent: hash,
  timestamp: time,
  signer: clinicNumber,
  signerName: z.string().nullable(),
  status: blockStatus,
  /** 256 bits as hex; a solution is an id at or below it. */
  target: hash,
  /** Total work of the chain up to this block. */
  work: decimal,
  size: count,
  transactionCount: count,
  statementCount: count,
});
export type BlockSummary = z.infer<typeof blockSummary>;

const blockRef = z.object({ height, id: hash, timestamp: time });

const author = z.discriminatedUnion('type', [
  z.object({ type: z.literal('clinic'), clinic: clinicNumber, name: z.string().nullable() }),
  z.object({ type: z.literal('person'), key: hex }),
]);

export const statementView = z.object({
  id: hash,
  kind: count,
  /** `family.action`, e.g. `patients.register`. */
  name: z.string(),
  author,
  object: hash,
  version: count,
  issued: time,
  /** Decoded payload; bytes as hex, large integers as text. Null when the node knows no such kind. */
  payload: z.unknown(),
  payloadHex: hex,
  /** Commitment to the attachment. */
  attachment: hash.nullable(),
  signature: hex.nullable(),
  status: statementStatus,
  outcome: outcome.nullable(),
  transaction: hash.nullable(),
  /** Position in its transaction. */
  index: count.nullable(),
  block: blockRef.nullable(),
});
export type StatementView = z.infer<typeof statementView>;

export const transactionView = z.object({
  id: hash,
  witnessId: hash,
  sender: hex,
  clinic: clinicNumber.nullable(),
  clinicName: z.string().nullable(),
  sequence: count,
  validUntil: height,
  size: count,
  signature: hex,
  status: statementStatus,
  block: blockRef.nullable(),
  /** Position in its block. */
  index: count.nullable(),
  statements: z.array(statementView),
});
export type TransactionView = z.infer<typeof transactionView>;

export const blockView = z.object({
  ...blockSummary.shape,
  version: count,
  txRoot: hash,
  /** Roots of outcomes and state after the parent, and of the history before this block. */
  outcomeRoot: hash,
  stateRoot: hash,
  historyRoot: hash,
  memberSet: count,
  extraNonce: decimal,
  nonce: decimal,
  /** Null for block 0, which nobody mined. */
  signature: hex.nullable(),
  /** Null for the head. */
  next: hash.nullable(),
  transactions: z.array(transactionView),
});
export type BlockView = z.infer<typeof blockView>;

export const chainMethods = defineMethods({
  chain_head: {
    summary: 'The head of the chain and the last final height (0 while nothing is final).',
    params: empty,
    result: z.object({
      ...blockSummary.shape,
      /** Root of the state after this block. */
      stateRoot: hash,
      final: z.object({ height, id: hash.nullable() }),
    }),
    errors: [],
  },
  chain_block: {
    summary: 'One block with its transactions, statements and outcomes, by height or id.',
    params: z.union([z.strictObject({ height }), z.strictObject({ id: hashParam })]),
    result: blockView,
    errors: ['chain.unknown-block', 'chain.no-body'],
    cost: 5,
  },
  chain_blocks: {
    summary: 'Blocks of the main chain, newest first.',
    params: z.strictObject({
      /** Only blocks below this height. */
      before: height.optional(),
      limit: limitParam(100, 25),
    }),
    result: z.object({
      blocks: z.array(blockSummary),
      /** `before` of the next page; null when block 0 was reached. */
      next: height.nullable(),
    }),
    errors: [],
    cost: 2,
  },
  chain_transaction: {
    summary: 'One transaction by id, in a block or waiting for one.',
    params: z.strictObject({ id: hashParam }),
    result: transactionView,
    errors: ['chain.unknown-transaction'],
    cost: 2,
  },
  chain_statement: {
    summary: 'One statement by id with its status and outcome.',
    params: z.strictObject({ id: hashParam }),
    result: statementView,
    errors: ['chain.unknown-statement'],
    cost: 2,
  },
  chain_search: {
    summary: 'Blocks, transactions and statements by height, id, or the first digits (6 or more) of an id.',
    params: z.strictObject({ query: z.string().trim().min(1).max(64), limit: limitParam(50, 20) }),
    result: z.object({
      matches: z.array(
        z.object({ type: z.enum(['block', 'transaction', 'statement']), id: hash, height: height.nullable() }),
      ),
    }),
    errors: [],
    cost: 5,
  },
});
