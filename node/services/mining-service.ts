// mining_* and wallet_*: this node's miner, figures of the chain, credits.
import { randomBytes } from '#crypto';
import { workOf } from '../../consensus/chain/work.ts';
import { decodeWalletRow, type WalletRow } from '../../consensus/ledger/credits/rows.ts';
import { encodeTransfer } from '../../consensus/ledger/credits/types.ts';
import { CREDITS_TRANSFER } from '../../consensus/ledger/kinds.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { walletKey } from '../../consensus/ledger/tables.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Chain } from '../chain/chain.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { Miner } from '../miner/miner.ts';
import type { MiningHistory } from '../mining-history.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ChainStore } from '../store/ports.ts';
import { recordState } from './chain-reader.ts';
import { ServiceError } from './errors.ts';
import type { Views } from './views.ts';

export type MiningHandlers = Pick<
  Handlers,
  'mining_status' | 'mining_stats' | 'mining_leaderboard' | 'wallet_list' | 'wallet_transfer'
>;

/** Blocks above the last final one that a leaderboard looks through. */
const MAX_OPEN_BLOCKS = 1_024;

export interface MiningServiceModules {
  readonly chain: Chain;
  readonly store: ChainStore;
  readonly miner: Miner;
  readonly history: MiningHistory;
  readonly outbox: Outbox;
  readonly author: ClinicAuthor;
  readonly views: Views;
}

const MAX_AMOUNT = 0xffff_ffff_ffff_ffffn;

export function miningService(modules: MiningServiceModules): MiningHandlers {
  const { chain, store, miner, history, outbox, author, views } = modules;
  return {
    mining_status: async () => {
      const stats = miner.stats();
      return {
        enabled: stats.threads > 0,
        kernel: stats.kernel,
        threads: stats.threads,
        duty: stats.dutyCycle,
        hashesPerSecond: stats.hashRate,
        height: stats.height ?? null,
        found: stats.found,
      };
    },

    mining_stats: async ({ blocks }) => {
      const top = chain.tip.header.height;
      // One more than asked: each block is measured from the one before.
      const from = Math.max(1, top - blocks);
      const entries = top === 0 ? [] : await store.entries(from, top - from + 1);
      const intervals = entries.slice(1).map((entry, i) => entry.header.timestamp - entries[i].header.timestamp);
      const seconds = intervals.reduce((sum, ms) => sum + ms, 0) / 1000;
      const measured = entries.slice(1);
      const work = measured.reduce((sum, entry) => sum + workOf(entry.header.target), 0n);
      const statements = measured.reduce((sum, entry) => sum + entry.statements, 0);
      const { target } = chain.tip.header;
      return {
        blocks: measured.length,
        medianIntervalMs: median(intervals),
        target: target.toString(16).padStart(64, '0'),
        difficulty: workOf(target).toString(),
        hashesPerSecond: seconds > 0 ? Number(work) / seconds : 0,
        signers: new Set(measured.map((entry) => entry.header.signer)).size,
        statementsPerSecond: seconds > 0 ? statements / seconds : 0,
      };
    },

    mining_leaderboard: async ({ limit }) => {
      const rows = await wallets();
      const tip = chain.tip.header.height;
      const final = views.finalHeight;
      // Only what is final counts, as far as the blocks above it can be told apart quickly.
      const isFinal = final > 0 && tip - final <= MAX_OPEN_BLOCKS;
      const open = new Map<number, number>();
      for (const { header } of isFinal && tip > final ? await store.entries(final + 1, tip - final) : []) {
        open.set(header.signer, (open.get(header.signer) ?? 0) + 1);
      }
      const miners = [...history.miners()]
        .map(({ clinic, blocks, last }) => ({ clinic, blocks: blocks - (open.get(clinic) ?? 0), last }))
        .sort((a, b) => b.blocks - a.blocks || a.clinic - b.clinic);
      const total = miners.reduce((sum, { blocks }) => sum + blocks, 0);
      return {
        basis: isFinal ? ('final' as const) : ('applied' as const),
        height: isFinal ? final : tip,
        miners: miners.slice(0, limit).map(({ clinic, blocks, last }, index) => ({
          rank: index + 1,
          clinic,
          name: views.clinicName(clinic),
          blocks,
          share: total === 0 ? 0 : blocks / total,
          credits: (rows.get(clinic)?.mined ?? 0n).toString(),
          lastBlock: last,
        })),
      };
    },

    wallet_list: async ({ limit, after }) => {
      const rows = await wallets();
      const numbers = chain.members.clinics.map(({ number }) => number).filter((number) => number > (after ?? 0));
      const page = numbers.slice(0, limit);
      return {
        wallets: page.map((clinic) => {
          const row = rows.get(clinic);
          return {
            clinic,
            name: views.clinicName(clinic),
            balance: (row?.balance ?? 0n).toString(),
            received: (row?.received ?? 0n).toString(),
            sent: (row?.sent ?? 0n).toString(),
          };
        }),
        next: numbers.length > page.length ? (page.at(-1) ?? null) : null,
      };
    },

    wallet_transfer: async ({ to, amount }) => {
      const value = BigInt(amount);
      if (value > MAX_AMOUNT) throw new ServiceError({ code: 'wallet.amount' });
      if (chain.members.clinic(to) === undefined) throw new ServiceError({ code: 'wallet.unknown-clinic', clinic: to });
      const salt = randomBytes(SALT_BYTES);
      const [record] = await outbox.submit([
        author.make({
          kind: CREDITS_TRANSFER,
          object: objectId(CREDITS_TRANSFER, { type: 'clinic', clinic: author.clinic }, salt),
          version: 1,
          payload: encodeTransfer({ salt, to, amount: value }),
        }),
      ]);
      const state = recordState(record);
      return { statement: state.id, status: state.status === 'unknown' ? 'queued' : state.status };
    },
  };

  async function wallets(): Promise<Map<number, WalletRow>> {
    const numbers = chain.members.clinics.map(({ number }) => number);
    const rows = await store.states(numbers.map(walletKey));
    const found = new Map<number, WalletRow>();
    for (const [index, bytes] of rows.entries())
      if (bytes !== undefined) found.set(numbers[index], decodeWalletRow(bytes));
    return found;
  }
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
