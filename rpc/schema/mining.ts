// Methods about mining and credits: miner, network figures, leaderboard, wallets.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import {
  amountParam,
  clinicNumber,
  count,
  decimal,
  empty,
  hash,
  height,
  limitParam,
  statementStatus,
  time,
} from './shapes.ts';

const rate = z.number().nonnegative();

export const miningMethods = defineMethods({
  mining_status: {
    summary: "This node's miner.",
    params: empty,
    result: z.object({
      enabled: z.boolean(),
      kernel: z.string(),
      threads: count,
      /** Part of the time that a thread works, 0 to 1. */
      duty: z.number().min(0).max(1),
      hashesPerSecond: rate,
      /** Height that is being mined; null while the miner rests. */
      height: height.nullable(),
      /** Blocks found since the start. */
      found: count,
    }),
    errors: [],
  },
  mining_stats: {
    summary: 'Figures of the chain over its last blocks.',
    params: z.strictObject({ blocks: limitParam(1000, 100) }),
    result: z.object({
      /** Blocks that the figures are made of. */
      blocks: count,
      medianIntervalMs: rate,
      target: hash,
      /** Expected hashes for one block. */
      difficulty: decimal,
      hashesPerSecond: rate,
      /** Distinct signers in the window. */
      signers: count,
      statementsPerSecond: rate,
    }),
    errors: [],
    cost: 5,
  },
  mining_leaderboard: {
    summary: 'Clinics by the blocks they mined.',
    params: z.strictObject({ limit: limitParam(500, 100) }),
    result: z.object({
      /** `applied` while nothing near the head is final: places may still change. */
      basis: z.enum(['applied', 'final']),
      height,
      miners: z.array(
        z.object({
          rank: count,
          clinic: clinicNumber,
          name: z.string().nullable(),
          blocks: count,
          /** 0 to 1. */
          share: z.number().min(0).max(1),
          credits: decimal,
          lastBlock: z.object({ height, timestamp: time }).nullable(),
        }),
      ),
    }),
    errors: [],
    cost: 2,
  },
  wallet_list: {
    summary: 'Credits of the clinics.',
    params: z.strictObject({ limit: limitParam(500, 100), after: clinicNumber.optional() }),
    result: z.object({
      wallets: z.array(
        z.object({
          clinic: clinicNumber,
          name: z.string().nullable(),
          balance: decimal,
          received: decimal,
          sent: decimal,
        }),
      ),
      next: clinicNumber.nullable(),
    }),
    errors: [],
    cost: 2,
  },
  wallet_transfer: {
    summary: "Sends credits of this clinic to another clinic's wallet.",
    params: z.strictObject({ to: clinicNumber, amount: amountParam }),
    result: z.object({ statement: hash, status: statementStatus }),
    errors: ['wallet.*', 'outbox.full', 'outbox.stopped'],
    cost: 2,
  },
});
