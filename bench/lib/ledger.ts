// A network of made-up clinics with known keys, its statements and transactions, and chains of full blocks of them: what
// import, memory and the counts measure. Real signatures, real execution; the same bytes on every run.
import { sha256, signEd25519, signingKeyPair } from '#crypto';
import { EMPTY_BYTES } from '../../common/bytes.ts';
import { BLOCK_OVERHEAD_BYTES, encodeBlock, transactionRoot } from '../../consensus/chain/block.ts';
import { nextTarget } from '../../consensus/chain/difficulty.ts';
import { earliestTimestamp } from '../../consensus/chain/diversity.ts';
import { encodeCertificate } from '../../consensus/chain/finality/certificate.ts';
import { voteMessage } from '../../consensus/chain/finality/vote.ts';
import { blockId, blockSigningHash, headerPreimage } from '../../consensus/chain/header.ts';
import type { Header } from '../../consensus/chain/types.ts';
import { workOf } from '../../consensus/chain/work.ts';
import { type Genesis, genesisId } from '../../consensus/genesis.ts';
import { RECORDS_ADD } from '../../consensus/ledger/kinds.ts';
import { NO_OBJECT } from '../../consensus/ledger/objects.ts';
import { encodeRecords } from '../../consensus/ledger/records/types.ts';
import { encodeStatement, statementId } from '../../consensus/ledger/statement.ts';
import { signTransaction } from '../../consensus/ledger/transaction.ts';
import type { ClinicNumber, SealedTransaction, Statement } from '../../consensus/ledger/types.ts';
import { EPOCH_BLOCKS, MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS } from '../../consensus/limits.ts';
import { DEVELOPMENT, targetFor } from '../../consensus/params.ts';
import { createJavaScriptKernel } from '../../node/miner/kernel/javascript.ts';
import { createSimdKernel } from '../../node/miner/kernel/simd.ts';
import { Search } from '../../node/miner/search.ts';
import type { ChainStore } from '../../node/store/ports.ts';

/** Every hash is a solution: nothing here measures mining. */
const FREE = { startTarget: targetFor(1n), easiestTarget: targetFor(1n) };
const CREATED = 1_760_000_000_000;
const VALID_BLOCKS = 2_000;

export type Sign = (message: Uint8Array) => Uint8Array;

/** Who can sign blocks and transactions of a genesis, by clinic. */
export interface BenchNetwork {
  readonly genesis: Genesis;
  readonly id: Uint8Array;
  nodeKey(clinic: ClinicNumber): Uint8Array;
  sign(clinic: ClinicNumber, message: Uint8Array): Uint8Array;
  /** By the clinic's vote key. */
  vote(clinic: ClinicNumber, message: Uint8Array): Uint8Array;
}

export function numbered(name: string, ...numbers: readonly number[]): Uint8Array {
  return sha256(new TextEncoder().encode([name, ...numbers].join('/')));
}

/** Clinics of one organisation each, with keys that follow from their numbers. */
export function benchNetwork(clinics: number): BenchNetwork {
  const seeds = Array.from({ length: clinics }, (_, index) => numbered('node', index + 1));
  const numbers = seeds.map((_, index) => index + 1);
  const genesis: Genesis = {
    network: 'bench',
    created: CREATED,
    params: { ...DEVELOPMENT, ...FREE },
    governance: 'clinic',
    country: 'US',
    idType: 'ssn',
    threatKeyHash: numbered('threat'),
    identifierKey: numbered('identifier'),
    organisations: numbers.map((number) => ({ number, name: `Organisation ${number}` })),
    clinics: numbers.map((number) => ({
      number,
      organisation: number,
      name: `Clinic ${number}`,
      governanceKey: signingKeyPair(numbered('governance', number)).publicKey,
      nodeKey: signingKeyPair(seeds[number - 1]).publicKey,
      gatewayKey: signingKeyPair(numbered('gateway', number)).publicKey,
      voteKey: signingKeyPair(numbered('vote', number)).publicKey,
      encryptionKey: numbered('encryption', number),
      addresses: ['/ip4/127.0.0.1/tcp/9641'],
      networks: [],
    })),
  };
  return {
    genesis,
    id: genesisId(genesis),
    nodeKey: (clinic) => genesis.clinics[clinic - 1].nodeKey,
    sign: (clinic, message) => signEd25519(seeds[clinic - 1], message),
    vote: (clinic, message) => signEd25519(numbered('vote', clinic), message),
  };
}

/** `records.add` of one record by a clinic: the sender's signature is the only one. */
export function clinicRecord(clinic: ClinicNumber, number: number, issued: number): Statement {
  return {
    kind: RECORDS_ADD,
    author: { type: 'clinic', clinic },
    object: NO_OBJECT,
    version: 0,
    issued,
    payload: recordPayload(number),
    attachment: undefined,
    signature: undefined,
  };
}

/** `records.add` of one record, signed by a person. */
export function personRecord(
  network: Uint8Array,
  person: { readonly seed: Uint8Array; readonly publicKey: Uint8Array },
  number: number,
  issued: number,
): { id: Uint8Array; bytes: Uint8Array } {
  const author = { type: 'person', key: person.publicKey } as const;
  const payload = recordPayload(number);
  const statement = {
    kind: RECORDS_ADD,
    author,
    object: NO_OBJECT,
    version: 0,
    issued,
    payload,
    attachment: undefined,
  };
  const id = statementId(network, statement);
  return { id, bytes: encodeStatement({ ...statement, signature: signEd25519(person.seed, id) }) };
}

function recordPayload(number: number): Uint8Array {
  const subject = numbered('subject', number % 1000);
  const commitment = numbered('commitment', number);
  return encodeRecords([{ salt: commitment.slice(0, 16), subject, commitment }]);
}

export interface ChainPlan {
  /** In all; spread evenly over the clinics, one statement each. */
  readonly transactions: number;
  /** Of one block; as many as fit when absent. */
  readonly perBlock?: number;
  /** Whether every fourth block carries a certificate of all clinics, so that the chain is final to a few blocks. */
  readonly final?: boolean;
}

export interface MadeChain {
  /** Encoded blocks, from height 1. */
  readonly blocks: readonly Uint8Array[];
  readonly transactions: number;
}

/** Executes block by block in `store`, which then holds the chain; blocks come from the clinics in turn, T apart. */
export async function makeChain(network: BenchNetwork, store: ChainStore, plan: ChainPlan): Promise<MadeChain> {
  const { params, clinics } = network.genesis;
  const report = await store.open();
  let { tip, roots } = report;
  let parent: Header | undefined;
  const signers: ClinicNumber[] = [];
  const blocks: Uint8Array[] = [];
  const checkpoints: Uint8Array[] = [];
  let made = 0;
  while (made < plan.transactions) {
    const height = tip.header.height + 1;
    const signer = 1 + (height % clinics.length);
    const earliest = earliestTimestamp(params, clinics.length, tip.header, signers, signer);
    const timestamp = Math.max(earliest, tip.header.timestamp + params.blockInterval);
    const transactions: SealedTransaction[] = [];
    if (tip.header.height % EPOCH_BLOCKS === 0) checkpoints.push(tip.id);
    const certified = plan.final === true && height % EPOCH_BLOCKS === 0 && checkpoints.length > 1;
    const certificate = certified ? certificateOf(network, checkpoints) : EMPTY_BYTES;
    let size = BLOCK_OVERHEAD_BYTES + certificate.length;
    while (made < plan.transactions && transactions.length < (plan.perBlock ?? MAX_BLOCK_TRANSACTIONS)) {
      const sealed = recordTransaction(network, made, timestamp);
      size += 2 + sealed.bytes.length;
      if (size > MAX_BLOCK_BYTES) break;
      transactions.push(sealed);
      made++;
    }
    const witnesses = transactions.map(({ witnessId }) => witnessId);
    const header = solved({
      version: 1,
      height,
      parent: tip.id,
      txRoot: transactionRoot(certificate, witnesses),
      ...roots,
      memberSet: 0,
      signer,
      timestamp,
      target: nextTarget(params, tip.header, parent),
      extraNonce: 0n,
      nonce: 0n,
    });
    const id = blockId(header);
    const signature = network.sign(signer, blockSigningHash(network.id, id));
    const bytes = encodeBlock({ header, signature, certificate, transactions });
    await store.putBlock(id, bytes, tip.work + workOf(header.target));
    parent = tip.header;
    ({ entry: tip, roots } = await store.connect(id));
    signers.unshift(signer);
    blocks.push(bytes);
  }
  return { blocks, transactions: made };
}

/** Of all clinics, from the checkpoint before the last to the last. */
function certificateOf(network: BenchNetwork, checkpoints: readonly Uint8Array[]): Uint8Array {
  const epoch = checkpoints.length - 1;
  const source = { epoch: epoch - 1, id: checkpoints[epoch - 1] };
  const link = { set: 0, source, target: { epoch, id: checkpoints[epoch] } };
  const message = voteMessage(network.id, link);
  const votes = network.genesis.clinics.map(({ number }) => ({
    clinic: number,
    signature: network.vote(number, message),
  }));
  return encodeCertificate({ type: 'votes', link, votes });
}

/** The `number`th transaction of a network: sequences and records follow from the number. */
export function recordTransaction(network: BenchNetwork, number: number, issued: number): SealedTransaction {
  const count = network.genesis.clinics.length;
  const clinic = 1 + (number % count);
  const unsigned = {
    sender: network.nodeKey(clinic),
    sequence: Math.floor(number / count),
    validUntil: VALID_BLOCKS,
    statements: [clinicRecord(clinic, number, issued)],
  };
  return signTransaction(network.id, unsigned, (id) => network.sign(clinic, id));
}

const HASHES_AT_ONCE = 1 << 20;

function solved(template: Header): Header {
  const kernel = createSimdKernel() ?? createJavaScriptKernel();
  const search = new Search(kernel, headerPreimage(template), template.target);
  for (;;) {
    const nonce = search.next(HASHES_AT_ONCE);
    if (nonce !== undefined) return { ...template, nonce };
  }
}
