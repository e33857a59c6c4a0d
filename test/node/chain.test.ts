// The chain of a node on a real database, with blocks made by hand: what comes too early, without its parent, or is bad
// only when it is executed.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256, signEd25519, signingKeyPair } from '#crypto';
import { concatBytes, EMPTY_BYTES, toHex } from '../../common/bytes.ts';
import { createLogger } from '../../common/logger.ts';
import { encodeBlock, transactionRoot } from '../../consensus/chain/block.ts';
import { nextTarget } from '../../consensus/chain/difficulty.ts';
import { blockId, blockSigningHash } from '../../consensus/chain/header.ts';
import type { Header } from '../../consensus/chain/types.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { PATIENTS_REGISTER } from '../../consensus/ledger/kinds.ts';
import { signTransaction } from '../../consensus/ledger/transaction.ts';
import type { SealedTransaction } from '../../consensus/ledger/types.ts';
import { targetFor } from '../../consensus/params.ts';
import { Chain, type TipChange } from '../../node/chain/chain.ts';
import { ORPHANS_PER_SOURCE } from '../../node/chain/orphan-pool.ts';
import { Verifier } from '../../node/chain/verifier.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { handle, temporaryDirectory, testGenesis } from '../store/chain-fixture.ts';

const T = 2_000;
const FREE = { startTarget: targetFor(1n), easiestTarget: targetFor(1n), hardestTarget: targetFor(1n) };
const standard = testGenesis('chain-by-hand');
const genesis = { ...standard, params: { ...standard.params, blockInterval: T, ...FREE } };
const G = genesisId(genesis);
const seedOf = (clinic: number): Uint8Array => sha256(Uint8Array.of(clinic, 1));

interface Made {
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
  readonly header: Header;
}

let directory: { path: string; remove(): Promise<void> };
let clock: ManualClock;
let store: ChainDatabase;
let chain: Chain;
let changes: TipChange[];

/** A second node that makes the blocks, so that the one under test hears of them as the test wants. */
let maker: { chain: Chain; store: ChainDatabase; directory: { remove(): Promise<void> } };

async function newChain(path: string): Promise<{ chain: Chain; store: ChainDatabase }> {
  const database = new ChainDatabase({ path, genesis });
  const made = new Chain(
    { genesis, genesisId: G },
    {
      store: database,
      members: new MemberSets({ genesis }, { states: (keys) => database.states(keys) }),
      verifier: new Verifier({ genesisId: G }, {}),
      clock,
      logger: createLogger({ level: 'silent' }),
    },
  );
  await made.start();
  return { chain: made, store: database };
}

function registration(sequence: number, n: number, sender = 1): SealedTransaction {
  const statement = {
    kind: PATIENTS_REGISTER,
    author: { type: 'clinic', clinic: sender },
    object: new Uint8Array(32),
    version: 0,
    issued: genesis.created + 1_000,
    payload: concatBytes(handle(n)),
    attachment: undefined,
    signature: undefined,
  } as const;
  const { publicKey } = signingKeyPair(seedOf(sender));
  const unsigned = { sender: publicKey, sequence, validUntil: 2_000, statements: [statement] };
  return signTransaction(G, unsigned, (id) => signEd25519(seedOf(sender), id));
}

function sealBlock(header: Header, transactions: readonly SealedTransaction[]): Made {
  const id = blockId(header);
  const signature = signEd25519(seedOf(header.signer), blockSigningHash(G, id));
  return { id, bytes: encodeBlock({ header, signature, certificate: EMPTY_BYTES, transactions }), header };
}

/** A child of the maker's tip; `variant` makes siblings. */
async function nextBlock(
  transactions: readonly SealedTransaction[] = [],
  { variant = 0, later = 0, roots = {} }: { variant?: number; later?: number; roots?: Partial<Header> } = {},
): Promise<Made> {
  const { tip, parent, roots: own } = await maker.chain.tipContext();
  const header: Header = {
    version: 1,
    height: tip.header.height + 1,
    parent: tip.id,
    txRoot: transactionRoot(
      EMPTY_BYTES,
      transactions.map(({ witnessId }) => witnessId),
    ),
    ...own,
    memberSet: 0,
    // In turn, so that nobody has to wait for diversity.
    signer: 1 + (tip.header.height % 2),
    timestamp: tip.header.timestamp + T + later,
    target: nextTarget(genesis.params, tip.header, parent?.header),
    extraNonce: BigInt(variant),
    nonce: 0n,
    ...roots,
  };
  return sealBlock(header, transactions);
}

async function made(transactions: readonly SealedTransaction[] = [], variant = 0): Promise<Made> {
  const block = await nextBlock(transactions, { variant });
  const { status } = await maker.chain.import(block.bytes, 'maker');
  expect(status).toBe('connected');
  return block;
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    (result) => (result as { status: string }).status,
    (error: { code?: string }) => error.code ?? String(error),
  );
const take = (block: Made, source = 'peer'): Promise<string> => codeOf(chain.import(block.bytes, source));
const tipId = (): string => toHex(chain.tip.id);

beforeEach(async () => {
  clock = new ManualClock(genesis.created + 3_600_000);
  directory = await temporaryDirectory();
  ({ chain, store } = await newChain(`${directory.path}/chain`));
  changes = [];
  chain.onChange((change) => void changes.push(change));
  const other = await temporaryDirectory();
  maker = { ...(await newChain(`${other.path}/chain`)), directory: other };
});

afterEach(async () => {
  await chain.stop();
  await store.close();
  await maker.chain.stop();
  await maker.store.close();
  await directory.remove();
  await maker.directory.remove();
});

describe('chain', () => {
  it('connects blocks that came before their parents once the parents are here', async () => {
    const blocks = [await made(), await made([registration(0, 1)]), await made()];
    expect(await take(blocks[2])).toBe('orphan');
    expect(await take(blocks[1])).toBe('orphan');
    expect(await take(blocks[0])).toBe('connected');
    await waitFor(() => tipId() === toHex(blocks[2].id));
    expect(chain.roots).toEqual(maker.chain.roots);
    expect(await take(blocks[1])).toBe('known');
  });

  it('keeps no more orphans of one peer than its share', async () => {
    await made();
    const siblings = await Promise.all(
      Array.from({ length: ORPHANS_PER_SOURCE + 1 }, (_, variant) => nextBlock([], { variant })),
    );
    for (const block of siblings) expect(await take(block, 'flooder')).toBe('orphan');
    const [parent] = await maker.store.entries(1, 1);
    const bytes = await maker.store.block(parent.id);
    await chain.import(bytes ?? EMPTY_BYTES, 'peer');
    await waitFor(
      async () => (await chain.has(siblings[0].id)) && (await chain.has(siblings[ORPHANS_PER_SOURCE - 1].id)),
    );
    expect(await chain.has(siblings[ORPHANS_PER_SOURCE].id)).toBe(false);
  });

  it('moves to the branch with more work, tells what was undone and done, and comes to the same state', async () => {
    const first = await made();
    const rival = await nextBlock([registration(0, 7)], { variant: 9 });
    const second = await made([registration(0, 1)]);
    const third = await made([registration(1, 2)]);
    expect(await take(first)).toBe('connected');
    expect(await take(rival)).toBe('connected');
    const before = chain.roots;
    expect(['side', 'connected']).toContain(await take(second));
    expect(await take(third)).toBe('connected');
    expect(tipId()).toBe(toHex(third.id));
    expect(chain.roots).toEqual(maker.chain.roots);
    expect(chain.roots).not.toEqual(before);
    const undone = changes.flatMap(({ disconnected }) => disconnected.map(({ entry }) => toHex(entry.id)));
    expect(undone).toEqual([toHex(rival.id)]);
    expect(changes.flatMap(({ connected }) => connected.map(({ entry }) => toHex(entry.id))).slice(-2)).toEqual([
      toHex(second.id),
      toHex(third.id),
    ]);
  });

  it('returns to the branch that it left when the better one turns out invalid, and never takes it again', async () => {
    const first = await made();
    const good = await nextBlock([registration(0, 7)], { variant: 3 });
    expect(await take(first)).toBe('connected');
    expect(await take(good)).toBe('connected');
    const honest = chain.roots;
    // A sibling that is fine by itself, and a child of it whose sequence is not the sender's next.
    const sibling = await made([], 5);
    const wrong = await nextBlock([registration(4, 1)]);
    await take(sibling);
    expect(await take(wrong)).toMatch(/^(chain\.known-invalid|block\.sequence)$/);
    const winner = [good, sibling].find(({ id }) => toHex(id) === tipId());
    expect(winner).toBeDefined();
    if (tipId() === toHex(good.id)) expect(chain.roots).toEqual(honest);
    expect(await take(wrong)).toBe('chain.known-invalid');
    const child = {
      ...wrong.header,
      height: wrong.header.height + 1,
      parent: wrong.id,
      timestamp: wrong.header.timestamp + T,
      txRoot: transactionRoot(EMPTY_BYTES, []),
    };
    expect(await take(sealBlock({ ...child, signer: 3 - wrong.header.signer }, []))).toMatch(
      /^chain\.invalid-ancestor$/,
    );
    // It still goes on from where it is.
    const next = await made([registration(0, 20)]);
    expect(await take(next)).toBe('connected');
  });

  it('refuses a block whose roots are not those of its parent, and remembers it', async () => {
    const bad = await nextBlock([], { roots: { stateRoot: sha256(Uint8Array.of(1)) } });
    expect(await take(bad)).toMatch(/^block\./);
    expect(await take(bad)).toBe('chain.known-invalid');
    expect(await take(await made())).toBe('connected');
  });

  it('does not hold a bad signature against the block that it was put on', async () => {
    const block = await made();
    const forged = block.bytes.slice();
    forged[232] ^= 1;
    expect(await codeOf(chain.import(forged, 'forger'))).toBe('block.signature');
    expect(await take(block)).toBe('connected');
  });

  it('holds a block from the near future until its time, and takes it then', async () => {
    const early = await nextBlock([], { later: clock.now() + 2 * T + 700 - genesis.created - T });
    expect(early.header.timestamp).toBe(clock.now() + 2 * T + 700);
    expect(await take(early)).toBe('held');
    expect(chain.tip.header.height).toBe(0);
    await clock.advanceAsync(600);
    expect(chain.tip.header.height).toBe(0);
    await clock.advanceAsync(200);
    await waitFor(() => tipId() === toHex(early.id));
  });

  it('goes on after a restart from the best branch that is on disk', async () => {
    const first = await made();
    const rival = await nextBlock([], { variant: 11 });
    const second = await made([registration(0, 3)]);
    for (const block of [first, rival, second]) await take(block);
    const expected = tipId();
    await chain.stop();
    await store.close();
    ({ chain, store } = await newChain(`${directory.path}/chain`));
    expect(tipId()).toBe(expected);
    expect(await take(rival)).toBe('known');
    expect(await take(await made())).toBe('connected');
  });

  it('gives a template its context only when everybody has followed the tip', async () => {
    const block = await made([registration(0, 1)]);
    let followed = false;
    chain.onChange(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      followed = true;
    });
    const importing = take(block);
    await waitFor(() => tipId() === toHex(block.id), { intervalMs: 0 });
    const context = await chain.tipContext();
    expect(followed).toBe(true);
    expect(toHex(context.tip.id)).toBe(toHex(block.id));
    await importing;
  });

  /** Blocks of two branches from height 4 on, the second one longer. */
  async function twoBranches(): Promise<{ common: Made[]; short: Made[]; long: Made[] }> {
    const common = [await made(), await made(), await made()];
    const [first, elsewhere] = [maker, await temporaryDirectory()];
    const short = [await made([], 1), await made([], 1), await made([], 1)];
    maker = { ...(await newChain(`${elsewhere.path}/chain`)), directory: elsewhere };
    for (const block of common) await maker.chain.import(block.bytes, 'first');
    const long = [];
    for (let n = 0; n < 6; n++) long.push(await made([], 2));
    await maker.chain.stop();
    await maker.store.close();
    await elsewhere.remove();
    maker = first;
    return { common, short, long };
  }
  const NOTHING = { epoch: 0, id: new Uint8Array(32) };

  it('keeps to the justified checkpoint though another branch has more work', async () => {
    const { common, short, long } = await twoBranches();
    for (const block of [...common, ...short, ...long.slice(0, 4)]) await take(block);
    expect(tipId()).toBe(toHex(long[3].id));
    await chain.keepTo({ epoch: 1, id: short[0].id }, NOTHING);
    expect(tipId()).toBe(toHex(short[2].id));
    expect(await take(long[4])).toBe('side');
    expect(tipId()).toBe(toHex(short[2].id));
  });

  it('goes to a justified checkpoint that it hears of before it has its blocks', async () => {
    const { common, short, long } = await twoBranches();
    await chain.keepTo({ epoch: 1, id: short[0].id }, NOTHING);
    for (const block of [...common, ...long]) await take(block);
    expect(tipId()).toBe(toHex(long[5].id));
    for (const block of short) await take(block);
    expect(tipId()).toBe(toHex(short[2].id));
  });

  it('refuses what leaves out a final checkpoint, and grows on it', async () => {
    const { common, short, long } = await twoBranches();
    for (const block of [...common, ...short, long[0]]) await take(block);
    const final = { epoch: 1, id: short[0].id };
    await chain.keepTo(final, final);
    expect(await take(long[1])).toBe('chain.conflicts-final');
    expect(await take(await made())).toBe('connected');
  });
});
