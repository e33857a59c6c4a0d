// One clinic's chain, mempool and outbox on real databases, with time that stands still and blocks made by hand: work is
// free, so a test decides which block comes when and which one loses.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256, signEd25519, signingKeyPair } from '#crypto';
import { compareBytes, EMPTY_BYTES, toHex } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { createLogger } from '../../common/logger.ts';
import { decodeBlock, encodeBlock, transactionRoot } from '../../consensus/chain/block.ts';
import { nextTarget } from '../../consensus/chain/difficulty.ts';
import { blockId, blockSigningHash } from '../../consensus/chain/header.ts';
import type { Header } from '../../consensus/chain/types.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { PATIENTS_REGISTER, THREATS_REVOKE } from '../../consensus/ledger/kinds.ts';
import { NO_OBJECT } from '../../consensus/ledger/objects.ts';
import { decodeStatement } from '../../consensus/ledger/statement.ts';
import { senderKey } from '../../consensus/ledger/tables.ts';
import { encodeRevoke } from '../../consensus/ledger/threats/types.ts';
import { signTransaction } from '../../consensus/ledger/transaction.ts';
import type { SealedTransaction } from '../../consensus/ledger/types.ts';
import { MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS, MAX_BLOCK_UNITS } from '../../consensus/limits.ts';
import { targetFor } from '../../consensus/params.ts';
import { Accounts } from '../../node/accounts/accounts.ts';
import { Chain, type TipChange } from '../../node/chain/chain.ts';
import { Verifier } from '../../node/chain/verifier.ts';
import { ClinicAuthor } from '../../node/clinic-author.ts';
import { Intake } from '../../node/intake.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import { followMempool } from '../../node/mempool/follow.ts';
import { Mempool } from '../../node/mempool/mempool.ts';
import { type NewStatement, Outbox } from '../../node/outbox/outbox.ts';
import { OutboxStore } from '../../node/outbox/outbox-store.ts';
import { ChainReader } from '../../node/services/chain-reader.ts';
import { type TxHandlers, txService } from '../../node/services/tx-service.ts';
import { Views } from '../../node/services/views.ts';
import { StatementEvents } from '../../node/statement-events.ts';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { handle, testGenesis } from '../store/chain-fixture.ts';

const FREE = { startTarget: targetFor(1n), easiestTarget: targetFor(1n), hardestTarget: targetFor(1n) };
const standard = testGenesis('by-hand');
const genesis = { ...standard, params: { ...standard.params, ...FREE }, clinics: standard.clinics.slice(0, 1) };
const G = genesisId(genesis);
const SEEDS = { node: sha256(Uint8Array.of(1, 1)), gateway: sha256(Uint8Array.of(1, 2)) };
const BLOCK = { bytes: MAX_BLOCK_BYTES / 2, units: MAX_BLOCK_UNITS, count: MAX_BLOCK_TRANSACTIONS };

const keyOf = (seed: Uint8Array) => ({
  publicKey: signingKeyPair(seed).publicKey,
  sign: (message: Uint8Array) => signEd25519(seed, message),
});

export class BenchClinic {
  readonly clock: ManualClock;
  readonly outbox: Outbox;
  readonly handlers: TxHandlers;
  /** Hex ids of statements that callers were told about since the last look. */
  readonly told = new Set<string>();
  private readonly directory: string;
  private readonly store: ChainDatabase;
  private readonly database: LocalDatabase;
  private readonly chain: Chain;
  private readonly mempool: Mempool;
  private readonly author: ClinicAuthor;
  private made = 0;
  private crashed = false;

  private constructor(directory: string, clock: ManualClock) {
    this.directory = directory;
    this.clock = clock;
    const logger = createLogger({ level: 'silent' });
    this.store = new ChainDatabase({ path: join(directory, 'chain'), genesis });
    this.database = new LocalDatabase({ path: join(directory, 'outbox'), name: 'outbox', key: SEEDS.node });
    const { store } = this;
    const members = new MemberSets({ genesis }, { states: (keys) => store.states(keys) });
    const verifier = new Verifier({ genesisId: G }, {});
    this.chain = new Chain({ genesis, genesisId: G }, { store, members, verifier, clock, logger });
    const nextSequence = async (sender: Uint8Array): Promise<number> => {
      const [row] = await store.states([senderKey(sender)]);
      return row === undefined ? 0 : new Reader(row).u64();
    };
    this.mempool = new Mempool({}, { members, nextSequence });
    const { chain, mempool } = this;
    const intake = new Intake({ genesisId: G }, { mempool, verifier });
    this.outbox = new Outbox(
      { genesisId: G, keys: { node: keyOf(SEEDS.node), gateway: keyOf(SEEDS.gateway) } },
      {
        store: new OutboxStore({ database: this.database }),
        chain,
        chainStore: store,
        mempool,
        intake,
        clock,
        logger,
        announce: () => {},
      },
    );
    const { outbox } = this;
    this.author = new ClinicAuthor({ genesisId: G, clinic: 1 }, { clock });
    const events = new StatementEvents({ outbox });
    events.onMoved((id) => this.told.add(id));
    const reader = new ChainReader(
      { genesisId: G },
      { chain, store, mempool, outbox, views: new Views({ members, finality: { finalHeight: 0 } }) },
    );
    const own = { genesisId: G, clinic: 1, organisation: 1 };
    const accounts = new Accounts(own, { store, members, outbox, author: this.author, clock, logger });
    this.handlers = txService({ genesisId: G }, { outbox, mempool, accounts, reader, events, clock });
    chain.onChange(async (change: TipChange) => {
      if (this.crashed) return;
      await outbox.follow(change);
      const { height } = chain.tip.header;
      await followMempool(change, { genesisId: G, mempool, intake, height, lost: (sealed) => outbox.lost(sealed) });
      events.follow(change);
    });
  }

  static async open(): Promise<BenchClinic> {
    const directory = await mkdtemp(join(tmpdir(), 'wardmesh-bench-clinic-'));
    return BenchClinic.begin(directory, new ManualClock(genesis.created + 1000));
  }

  private static async begin(directory: string, clock: ManualClock): Promise<BenchClinic> {
    const clinic = new BenchClinic(directory, clock);
    await clinic.database.open();
    await clinic.chain.start();
    clinic.mempool.start(clinic.chain.tip.header.height);
    await clinic.outbox.start();
    return clinic;
  }

  async close(): Promise<void> {
    await this.end();
    await rm(this.directory, { recursive: true });
  }

  /** The next start after a crash in the middle of `change`: the chain has moved, nobody else has heard of it. */
  async crashDuring(change: () => Promise<void>): Promise<BenchClinic> {
    this.crashed = true;
    await change();
    await this.end();
    return BenchClinic.begin(this.directory, this.clock);
  }

  private async end(): Promise<void> {
    await this.outbox.stop();
    await this.chain.stop();
    await this.database.close();
    await this.store.close();
  }

  /** Acknowledged registrations, one statement each; gives their hex ids. */
  async submit(count: number): Promise<string[]> {
    const statements = Array.from({ length: count }, () =>
      this.author.make({ kind: PATIENTS_REGISTER, object: NO_OBJECT, version: 0, payload: handle(this.made++) }),
    );
    const records = await this.outbox.submit(statements);
    return records.map(({ id }) => toHex(id));
  }

  /** Lets the outbox send what waits, also again what a lost block held. */
  async send(): Promise<void> {
    await waitFor(async () => {
      await this.clock.advanceAsync(1000);
      return this.outbox.list().every(({ state }) => state !== 'queued');
    });
  }

  /** The next block, of what the mempool holds or of nothing. */
  async mine(content: 'full' | 'empty'): Promise<void> {
    await this.mineThese(content === 'full' ? this.mempool.select({ ...BLOCK, clinicBytes: BLOCK.bytes }) : []);
  }

  /** A report's revocation, acknowledged and sent by the node key as all else: of those that either key may send. */
  async revoke(): Promise<NewStatement> {
    const object = sha256(Uint8Array.of(2, this.made++));
    const made = this.author.make({ kind: THREATS_REVOKE, object, version: 1, payload: encodeRevoke('resolved') });
    await this.outbox.submit([made]);
    return made;
  }

  /** The next block, with one statement in a transaction of the other key: it reached the chain on another way. */
  async mineElsewhere({ statement }: NewStatement): Promise<void> {
    const { publicKey, sign } = keyOf(SEEDS.gateway);
    const validUntil = this.chain.tip.header.height + 10;
    const statements = [decodeStatement(statement)];
    await this.mineThese([signTransaction(G, { sender: publicKey, sequence: 0, validUntil, statements }, sign)]);
  }

  private async mineThese(transactions: readonly SealedTransaction[]): Promise<void> {
    this.clock.advance(genesis.params.blockInterval);
    const { tip, parent, roots } = await this.chain.tipContext();
    await this.add(
      {
        ...tip.header,
        ...roots,
        height: tip.header.height + 1,
        parent: tip.id,
        signer: 1,
        timestamp: Math.max(this.clock.now(), tip.header.timestamp + genesis.params.blockInterval),
        target: nextTarget(genesis.params, tip.header, parent?.header),
      },
      transactions,
    );
  }

  /** Another block in place of the tip: as much work and a lower id, so it wins. It holds the first `keep` transactions. */
  async replaceTip(keep: number): Promise<void> {
    const { tip } = this.chain;
    if (tip.header.height === 0) return;
    const bytes = await this.store.block(tip.id);
    const transactions = decodeBlock(G, bytes!).transactions.slice(0, keep);
    const header = { ...tip.header, txRoot: rootOf(transactions) };
    for (let extraNonce = 1n; ; extraNonce++) {
      const variant = { ...header, extraNonce };
      if (compareBytes(blockId(variant), tip.id) < 0) return this.add(variant, transactions);
    }
  }

  /** Statements of the main chain with their heights, read block by block. */
  async onMainChain(): Promise<Map<string, number[]>> {
    const found = new Map<string, number[]>();
    for (const entry of await this.store.entries(1, 1000)) {
      const { transactions } = decodeBlock(G, (await this.store.block(entry.id))!);
      for (const id of transactions.flatMap(({ statementIds }) => statementIds.map(toHex))) {
        found.set(id, [...(found.get(id) ?? []), entry.header.height]);
      }
    }
    return found;
  }

  private async add(header: Header, transactions: readonly SealedTransaction[]): Promise<void> {
    const whole = { ...header, txRoot: rootOf(transactions) };
    const signature = signEd25519(SEEDS.node, blockSigningHash(G, blockId(whole)));
    const block = encodeBlock({ header: whole, signature, certificate: EMPTY_BYTES, transactions });
    await this.chain.import(block, 'test');
  }
}

function rootOf(transactions: readonly SealedTransaction[]): Uint8Array {
  return transactionRoot(
    EMPTY_BYTES,
    transactions.map(({ witnessId }) => witnessId),
  );
}
