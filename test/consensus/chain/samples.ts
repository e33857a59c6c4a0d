// Shared material of these tests: header values, easy parameters, a small network with keys, a miner in a loop.

import fc from 'fast-check';
import { signEd25519, signingKeyPair } from '#crypto';
import { blockId, blockSigningHash } from '../../../consensus/chain/header.ts';
import type { Header, SignedHeader } from '../../../consensus/chain/types.ts';
import { meetsTarget } from '../../../consensus/chain/work.ts';
import { type Genesis, genesisId } from '../../../consensus/genesis.ts';
import { signTransaction } from '../../../consensus/ledger/transaction.ts';
import type { SealedTransaction } from '../../../consensus/ledger/types.ts';
import { founders } from '../../../consensus/member-set.ts';
import { DEVELOPMENT, type Params } from '../../../consensus/params.ts';

export const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const hash = bytesOf(32);
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const safe = fc.oneof(fc.nat(), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));

export const headers: fc.Arbitrary<Header> = fc.record({
  version: fc.constant(1),
  height: safe,
  parent: hash,
  txRoot: hash,
  outcomeRoot: hash,
  stateRoot: hash,
  historyRoot: hash,
  memberSet: fc.integer({ min: 0, max: 0xffff_ffff }),
  signer: fc.integer({ min: 0, max: 0xffff }),
  timestamp: safe,
  target: fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
  extraNonce: u64,
  nonce: u64,
});

/** Two tries a block. */
export const EASY: Params = {
  ...DEVELOPMENT,
  startTarget: (1n << 255n) - 1n,
  easiestTarget: (1n << 255n) - 1n,
  hardestTarget: (1n << 250n) - 1n,
};

const SEEDS = [1, 2, 3, 4].map((value) => new Uint8Array(32).fill(value));

export const GENESIS: Genesis = {
  network: 'test',
  created: 1_790_000_000_000,
  params: EASY,
  governance: 'clinic',
  country: 'US',
  idType: 'ssn',
  threatKeyHash: new Uint8Array(32).fill(7),
  identifierKey: new Uint8Array(32).fill(8),
  organisations: [{ number: 1, name: 'A' }],
  clinics: SEEDS.map((seed, index) => ({
    number: index + 1,
    organisation: 1,
    name: `Clinic ${index + 1}`,
    governanceKey: new Uint8Array(32),
    nodeKey: signingKeyPair(seed).publicKey,
    gatewayKey: new Uint8Array(32).fill(index + 100),
    voteKey: new Uint8Array(32),
    encryptionKey: new Uint8Array(32),
    addresses: [],
    networks: [],
  })),
};

export const GENESIS_ID = genesisId(GENESIS);
export const MEMBERS = founders(GENESIS);

export function seedOf(clinic: number): Uint8Array {
  return SEEDS[clinic - 1];
}

/** Tries nonces until the id meets the header's own target. */
export function solve(header: Header): Header {
  for (let nonce = 0n; ; nonce++) {
    const solved = { ...header, nonce };
    if (meetsTarget(blockId(solved), solved.target)) return solved;
  }
}

export function sign(header: Header): SignedHeader {
  return { header, signature: signEd25519(seedOf(header.signer), blockSigningHash(GENESIS_ID, blockId(header))) };
}

export interface SampleTransaction {
  readonly sequence?: number;
  readonly validUntil?: number;
  readonly statements?: number;
  /** Bytes of each statement's payload. */
  readonly payload?: number;
}

/** A signed transaction of clinic 1's node key; what its statements would do does not matter here. */
export function transactionOf(sample: SampleTransaction = {}): SealedTransaction {
  const statement = {
    kind: 0x0c01,
    author: { type: 'clinic', clinic: 1 } as const,
    object: new Uint8Array(32).fill(9),
    version: 1,
    issued: GENESIS.created,
    payload: new Uint8Array(sample.payload ?? 16),
    attachment: undefined,
    signature: undefined,
  };
  const unsigned = {
    sender: MEMBERS.clinics[0].nodeKey,
    sequence: sample.sequence ?? 0,
    validUntil: sample.validUntil ?? 100,
    statements: Array.from({ length: sample.statements ?? 1 }, () => statement),
  };
  return signTransaction(GENESIS_ID, unsigned, (id) => signEd25519(seedOf(1), id));
}

/** The code that `run` throws; fails the test when it throws nothing coded. */
export function codeThrown(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
    throw error;
  }
  return 'nothing thrown';
}
