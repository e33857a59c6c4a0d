// A real RpcServer with the built pages, its handlers answering from a demo chain that tests grow by hand.
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../common/clock.ts';
import { CodedError } from '../../../common/errors.ts';
import { createLogger } from '../../../common/logger.ts';
import type { Handlers } from '../../../rpc/ports.ts';
import type { BlockSummary, BlockView } from '../../../rpc/schema/chain.ts';
import type { Result } from '../../../rpc/schema/methods.ts';
import { RpcServer } from '../../../rpc/server/server.ts';
import { MemoryKeyValues } from '../../helpers/memory-key-values.ts';
import { TinyEvents } from '../../rpc/helpers/tiny-events.ts';
import { TinyNode } from '../../rpc/helpers/tiny-node.ts';
import { CLINICS, type DemoBlock, DemoChain, INTERVAL, idOf } from './demo-chain.ts';
import { type DemoMembers, type DemoProposals, founders } from './demo-members.ts';

class DemoError extends CodedError<{ code: string }> {}

const WEB_ROOT = fileURLToPath(new URL('../../../dist/web', import.meta.url));

export interface DemoNodeOptions {
  readonly blocks?: number;
  /** 0 takes a free one. */
  readonly port?: number;
  readonly chain?: DemoChain;
  /** Instead of the demo's own. */
  readonly handlers?: Partial<Handlers>;
}

export class DemoNode {
  readonly chain: DemoChain;
  readonly events = new TinyEvents();
  /** Calls of these methods fail with the code. */
  readonly failing = new Map<string, string>();
  members: DemoMembers = founders();
  proposals: DemoProposals = [];
  sync: Result<'node_health'>['sync'] = { phase: 'idle', done: 0, total: 0 };
  private readonly server: RpcServer;

  constructor({
    blocks = 63,
    port = 0,
    chain = new DemoChain(blocks, Date.now()),
    handlers = {},
  }: DemoNodeOptions = {}) {
    this.chain = chain;
    const limits = { open: { rate: 10_000, burst: 10_000 } };
    const names = ['localhost', '127.0.0.1'];
    this.server = new RpcServer(
      {
        host: '127.0.0.1',
        port,
        token: 'A'.repeat(43),
        clinicId: '1-0a1b2c3d',
        hosts: names,
        version: '0.1.0',
        webRoot: WEB_ROOT,
        limits,
      },
      {
        handlers: this.handlers(handlers),
        events: this.events,
        chainExport: { blocks: () => this.export() },
        answers: new MemoryKeyValues(),
        clock: systemClock,
        logger: createLogger({ destination: { write: () => undefined } }),
      },
    );
  }

  get url(): string {
    return `http://localhost:${this.server.port}`;
  }

  get port(): number {
    return this.server.port as number;
  }

  async start(): Promise<this> {
    await this.server.start();
    return this;
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }

  /** Adds a block and tells every page. */
  mine(content: DemoBlock = { transactions: 0, statementsEach: 0 }): BlockView {
    const block = this.chain.grow(content);
    this.events.emit('heads', { head: summaryOf(block), replaced: 0 });
    return block;
  }

  private async *export(): AsyncGenerator<BlockView> {
    yield* this.chain.blocks;
  }

  private handlers(own: Partial<Handlers>): Handlers {
    const all: Handlers = { ...new TinyNode().handlers, ...this.reads(), ...own };
    const guarded = Object.entries(all).map(([name, handler]) => [
      name,
      async (params: never, context: never) => {
        const code = this.failing.get(name);
        if (code !== undefined) throw new DemoError({ code });
        return (handler as (params: never, context: never) => unknown)(params, context);
      },
    ]);
    return Object.fromEntries(guarded) as Handlers;
  }

  private reads() {
    const { chain } = this;
    return {
      node_health: async () => this.health(),
      chain_head: async () => ({ ...summaryOf(chain.head), stateRoot: idOf('state'), final: this.final() }),
      chain_blocks: async ({ before = Number.MAX_SAFE_INTEGER, limit }) => {
        const top = Math.min(before, chain.blocks.length);
        const rows = chain.blocks
          .slice(Math.max(0, top - limit), top)
          .reverse()
          .map(summaryOf);
        return { blocks: rows, next: (rows.at(-1)?.height ?? 0) || null };
      },
      chain_block: async (params) => {
        const all = [...chain.blocks, chain.replaced];
        const found = 'height' in params ? chain.blocks[params.height] : all.find(({ id }) => id === params.id);
        return known(found, 'block');
      },
      chain_transaction: async ({ id }) =>
        known(
          chain.transactions().find((one) => one.id === id),
          'transaction',
        ),
      chain_statement: async ({ id }) =>
        known(
          chain.statements().find((one) => one.id === id),
          'statement',
        ),
      chain_search: async ({ query, limit }) => ({ matches: this.matches(query).slice(0, limit) }),
      member_list: async ({ former }) => ({
        ...this.members,
        members: this.members.members.filter(({ status }) => former || status === 'active'),
      }),
      member_proposals: async () => ({ proposals: this.proposals }),
      mining_leaderboard: async () => this.leaderboard(),
      wallet_list: async () => ({
        wallets: CLINICS.map(({ number, name }) => ({
          clinic: number,
          name,
          balance: '18446744073709551615',
          received: '18446744073709551715',
          sent: '100',
        })),
        next: null,
      }),
    } satisfies Partial<Handlers>;
  }

  private matches(query: string) {
    const blocks = this.chain.blocks.map(({ id, height }) => ({ type: 'block' as const, id, height }));
    const statements = this.chain
      .statements()
      .map(({ id, block }) => ({ type: 'statement' as const, id, height: block?.height ?? null }));
    return [...blocks, ...statements].filter(({ id, height, type }) =>
      /^\d{1,5}$/.test(query) ? type === 'block' && height === Number(query) : id.startsWith(query),
    );
  }

  health() {
    const { height, id, timestamp } = this.chain.head;
    const reasons = ['idle', 'backfill'].includes(this.sync.phase) ? [] : ['catching up with the other clinics'];
    return {
      ready: reasons.length === 0,
      reasons,
      clinic: CLINICS[0],
      network: 'demo',
      genesis: idOf('genesis'),
      version: '0.1.0',
      now: Date.now(),
      blockInterval: INTERVAL,
      head: { height, id, timestamp },
      final: this.final(),
      peers: 3,
      members: 4,
      claims: [
        'Patient identifiers can be enumerated by the 4 clinics that hold the identifier key (threshold 1).',
        'The clinics of Organisation A can stop finality when they act together.',
      ],
      sync: this.sync,
    };
  }

  private final() {
    const { final, blocks } = this.chain;
    return { height: final, id: final === 0 ? null : (blocks[final]?.id ?? null) };
  }

  private leaderboard() {
    const { final, head } = this.chain;
    return {
      basis: final > 0 ? ('final' as const) : ('applied' as const),
      height: final > 0 ? final : head.height,
      miners: CLINICS.map(({ number, name }, place) => ({
        rank: place + 1,
        clinic: number,
        name,
        blocks: 40 - 10 * place,
        share: (40 - 10 * place) / 100,
        credits: '123456789',
        lastBlock: { height: 10 + place, timestamp: Date.now() - 90_000 * place },
      })),
    };
  }
}

function known<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new DemoError({ code: `chain.unknown-${what}` });
  return found;
}

export function summaryOf(block: BlockView): BlockSummary {
  const { height, id, parent, timestamp, signer, signerName, status, target, work, size } = block;
  const { transactionCount, statementCount } = block;
  const counts = { transactionCount, statementCount };
  return { height, id, parent, timestamp, signer, signerName, status, target, work, size, ...counts };
}
