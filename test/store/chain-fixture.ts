// A network of a few clinics whose blocks are made by hand: real keys, statements and execution, no mining. Blocks carry
// the roots that the store reported, as a miner's would.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256, signEd25519, signingKeyPair } from '#crypto';
import { concatBytes, EMPTY_BYTES } from '../../common/bytes.ts';
import { encodeBlock, transactionRoot } from '../../consensus/chain/block.ts';
import { blockId } from '../../consensus/chain/header.ts';
import type { Header } from '../../consensus/chain/types.ts';
import { workOf } from '../../consensus/chain/work.ts';
import { type Genesis, genesisId } from '../../consensus/genesis.ts';
import { PATIENTS_REGISTER } from '../../consensus/ledger/kinds.ts';
import { signTransaction } from '../../consensus/ledger/transaction.ts';
import type { SealedTransaction } from '../../consensus/ledger/types.ts';
import { DEVELOPMENT, targetFor } from '../../consensus/params.ts';
import type { ChainEntry, ChainStore, ChildRoots, Connected, OpenReport } from '../../node/store/ports.ts';

const seedOf = (clinic: number, role: number): Uint8Array => sha256(Uint8Array.of(clinic, role));
const publicKey = (clinic: number, role: number): Uint8Array => signingKeyPair(seedOf(clinic, role)).publicKey;

/** Every hash is a solution, and blocks twice T apart keep it so. */
const PARAMS = { ...DEVELOPMENT, startTarget: targetFor(1n), easiestTarget: targetFor(1n) };

export function testGenesis(network = 'store-test'): Genesis {
  return {
    network,
    created: 1_700_000_000_000,
    params: PARAMS,
    governance: 'clinic',
    country: 'US',
    idType: 'ssn',
    threatKeyHash: sha256(Uint8Array.of(1)),
    identifierKey: sha256(Uint8Array.of(2)),
    organisations: [{ number: 1, name: 'One' }],
    clinics: [1, 2].map((number) => ({
      number,
      organisation: 1,
      name: `Clinic ${number}`,
      governanceKey: publicKey(number, 0),
      nodeKey: publicKey(number, 1),
      gatewayKey: publicKey(number, 2),
      voteKey: publicKey(number, 3),
      encryptionKey: sha256(Uint8Array.of(number, 4)),
      addresses: ['/ip4/127.0.0.1/tcp/9641'],
      networks: [],
    })),
  };
}

export const handle = (n: number): Uint8Array => sha256(Uint8Array.of(9, n >> 16, n >> 8, n));

/** One registration list, from clinic 1. */
export function register(
  genesis: Genesis,
  sequence: number,
  handles: readonly Uint8Array[],
  issued: number,
): SealedTransaction {
  const statement = {
    kind: PATIENTS_REGISTER,
    author: { type: 'clinic', clinic: 1 },
    object: new Uint8Array(32),
    version: 0,
    issued,
    payload: concatBytes(...handles),
    attachment: undefined,
    signature: undefined,
  } as const;
  const unsigned = { sender: publicKey(1, 1), sequence, validUntil: 2000, statements: [statement] };
  return signTransaction(genesisId(genesis), unsigned, (id) => signEd25519(seedOf(1, 1), id));
}

export interface MadeBlock {
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
  readonly work: bigint;
  readonly header: Header;
}

export function makeBlock(
  parent: ChainEntry,
  roots: ChildRoots,
  transactions: readonly SealedTransaction[],
  variant = 0,
): MadeBlock {
  const header: Header = {
    version: 1,
    height: parent.header.height + 1,
    parent: parent.id,
    txRoot: transactionRoot(
      EMPTY_BYTES,
      transactions.map(({ witnessId }) => witnessId),
    ),
    ...roots,
    memberSet: 0,
    signer: 1 + (variant % 2),
    timestamp: parent.header.timestamp + 4000 + variant,
    target: PARAMS.startTarget,
    extraNonce: BigInt(variant),
    nonce: 0n,
  };
  const bytes = encodeBlock({ header, signature: new Uint8Array(64), certificate: EMPTY_BYTES, transactions });
  return { id: blockId(header), bytes, work: parent.work + workOf(header.target), header };
}

/** Follows one store: where its tip is and what the next block must carry. */
export class Driver {
  readonly genesis: Genesis;
  readonly report: OpenReport;
  private readonly store: ChainStore;
  tip: ChainEntry;
  roots: ChildRoots;
  sequence = 0;

  private constructor(genesis: Genesis, store: ChainStore, report: OpenReport) {
    this.genesis = genesis;
    this.store = store;
    this.report = report;
    this.tip = report.tip;
    this.roots = report.roots;
  }

  static async open(genesis: Genesis, store: ChainStore): Promise<Driver> {
    return new Driver(genesis, store, await store.open());
  }

  registration(from: number, count: number): SealedTransaction {
    const handles = Array.from({ length: count }, (_, n) => handle(from + n));
    return register(this.genesis, this.sequence++, handles, this.tip.header.timestamp);
  }

  next(transactions: readonly SealedTransaction[], variant = 0): MadeBlock {
    return makeBlock(this.tip, this.roots, transactions, variant);
  }

  /** Stores and connects a block of these transactions. */
  async add(transactions: readonly SealedTransaction[], variant = 0): Promise<Connected> {
    const { id, bytes, work } = this.next(transactions, variant);
    await this.store.putBlock(id, bytes, work);
    return this.connect(id);
  }

  async connect(id: Uint8Array): Promise<Connected> {
    const connected = await this.store.connect(id);
    this.tip = connected.entry;
    this.roots = connected.roots;
    return connected;
  }
}

export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'wardmesh-store-'));
  // One level down: what a database keeps beside itself is gone with it.
  const path = join(root, 'data');
  await mkdir(path);
  return { path, remove: () => rm(root, { recursive: true, force: true }) };
}
