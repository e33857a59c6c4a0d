import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_BYTES, toHex } from '../../../common/bytes.ts';
import { transactionRoot } from '../../../consensus/chain/block.ts';
import { BlockError, type BlockErrorType, condemnsId } from '../../../consensus/chain/errors.ts';
import { genesisHeader } from '../../../consensus/chain/genesis-block.ts';
import { blockId } from '../../../consensus/chain/header.ts';
import {
  checkBody,
  checkHeaderAlone,
  checkHeaderInContext,
  checkHeaderSignature,
  checkRoots,
  type HeaderContext,
} from '../../../consensus/chain/ladder.ts';
import type { Block, Header } from '../../../consensus/chain/types.ts';
import type { SealedTransaction } from '../../../consensus/ledger/types.ts';
import { MAX_BLOCK_UNITS, MAX_VALID_BLOCKS, UNITS_VERIFY } from '../../../consensus/limits.ts';
import { codeThrown, EASY, GENESIS, GENESIS_ID, MEMBERS, sign, solve, transactionOf } from './samples.ts';

const T = EASY.blockInterval;
const GENESIS_HEADER = genesisHeader(GENESIS);
const ROOTS = {
  outcomeRoot: new Uint8Array(32).fill(1),
  stateRoot: new Uint8Array(32).fill(2),
  historyRoot: new Uint8Array(32).fill(3),
};

/** Three blocks by clinics 1, 2 and 3, each T after the one before. */
function chainOf(signers: readonly number[]): Header[] {
  const chain = [GENESIS_HEADER];
  for (const signer of signers) {
    const parent = chain[chain.length - 1];
    chain.push({
      ...parent,
      ...ROOTS,
      height: parent.height + 1,
      parent: blockId(parent),
      txRoot: transactionRoot(EMPTY_BYTES, []),
      signer,
      timestamp: parent.timestamp + T,
    });
  }
  return chain;
}

const CHAIN = chainOf([1, 2, 3, 4]);
const [GRANDPARENT, PARENT, CHILD] = CHAIN.slice(2);
const CONTEXT: HeaderContext = {
  params: EASY,
  parent: { id: blockId(PARENT), header: PARENT },
  grandparent: GRANDPARENT,
  members: MEMBERS,
  recentSigners: [3, 2, 1],
  roots: ROOTS,
  now: CHILD.timestamp,
};
const inContext = (change: Partial<Header>, context: Partial<HeaderContext> = {}) =>
  codeThrown(() => checkHeaderInContext({ ...CHILD, ...change }, { ...CONTEXT, ...context }));

describe('header alone', () => {
  it('returns the id of a solved header', () => {
    const solved = solve(CHILD);
    expect(toHex(checkHeaderAlone(EASY, solved))).toBe(toHex(blockId(solved)));
  });

  it('refuses an id above the target', () => {
    const unsolved = Array.from({ length: 64 }, (_, nonce) => ({ ...CHILD, nonce: BigInt(nonce) })).find(
      (header) => blockId(header)[0] >= 128,
    ) as Header;
    expect(codeThrown(() => checkHeaderAlone(EASY, unsolved))).toBe('block.work');
  });

  it('refuses a target outside the bounds of genesis, solved or not', () => {
    const easier = solve({ ...CHILD, target: EASY.easiestTarget + 1n });
    expect(codeThrown(() => checkHeaderAlone(EASY, easier))).toBe('block.target-bounds');
    const harder = { ...CHILD, target: EASY.hardestTarget - 1n };
    expect(codeThrown(() => checkHeaderAlone(EASY, harder))).toBe('block.target-bounds');
  });

  it('refuses a second block 0', () => {
    expect(codeThrown(() => checkHeaderAlone(EASY, solve(GENESIS_HEADER)))).toBe('block.genesis');
  });
});

describe('header signature', () => {
  const check = (signed: Parameters<typeof checkHeaderSignature>[1], genesisId = GENESIS_ID) =>
    checkHeaderSignature(genesisId, signed, MEMBERS).then(
      () => 'nothing thrown',
      (error) => (error as BlockError).code,
    );

  it('accepts the signer and refuses any other key, id, network or byte', async () => {
    const signed = sign(CHILD);
    expect(await check(signed)).toBe('nothing thrown');
    expect(await check({ ...signed, signature: sign({ ...CHILD, signer: 1 }).signature })).toBe('block.signature');
    expect(await check({ ...signed, header: { ...CHILD, nonce: 1n } })).toBe('block.signature');
    expect(await check(signed, new Uint8Array(32))).toBe('block.signature');
    for (const at of [0, 31, 32, 63]) {
      const signature = signed.signature.slice();
      signature[at] ^= 1;
      expect(await check({ ...signed, signature })).toBe('block.signature');
    }
  });

  it('refuses a signer that is no member', async () => {
    expect(await check({ ...sign(CHILD), header: { ...CHILD, signer: 5 } })).toBe('block.signer');
  });
});

describe('header in context', () => {
  it('accepts the child of its parent', () => {
    expect(inContext({})).toBe('nothing thrown');
    expect(inContext({}, { roots: undefined })).toBe('nothing thrown');
  });

  it.each([
    ['block.parent', { parent: new Uint8Array(32) }],
    ['block.height', { height: CHILD.height + 1 }],
    ['block.target', { target: CHILD.target - 1n }],
    ['block.member-set', { memberSet: 1 }],
    ['block.signer', { signer: 0 }],
    ['block.signer', { signer: 9 }],
    ['block.spacing', { timestamp: PARENT.timestamp + T / 2 - 1 }],
    ['block.diversity', { signer: 3, timestamp: PARENT.timestamp + 2 * T - 1 }],
    ['block.root', { outcomeRoot: new Uint8Array(32) }],
    ['block.root', { stateRoot: new Uint8Array(32) }],
    ['block.root', { historyRoot: new Uint8Array(32) }],
  ] as [string, Partial<Header>][])('refuses with %s', (code, change) => {
    expect(inContext(change)).toBe(code);
  });

  it('takes a block exactly at the minimum spacing, and a recent signer exactly at the end of its wait', () => {
    expect(inContext({ timestamp: PARENT.timestamp + T / 2 })).toBe('nothing thrown');
    expect(inContext({ signer: 3, timestamp: PARENT.timestamp + 2 * T })).toBe('nothing thrown');
  });

  it('takes the first blocks after genesis', () => {
    for (const height of [1, 2]) {
      const context = {
        ...CONTEXT,
        parent: { id: blockId(CHAIN[height - 1]), header: CHAIN[height - 1] },
        grandparent: CHAIN[height - 2],
        recentSigners: [2, 1].slice(3 - height),
      };
      expect(codeThrown(() => checkHeaderInContext(CHAIN[height], context))).toBe('nothing thrown');
    }
  });

  it('is early, with the time at which it is due, from 2 T ahead of our clock on', () => {
    expect(inContext({}, { now: CHILD.timestamp - 2 * T })).toBe('nothing thrown');
    try {
      checkHeaderInContext(CHILD, { ...CONTEXT, now: CHILD.timestamp - 2 * T - 1 });
      expect.unreachable();
    } catch (error) {
      expect((error as BlockError).type).toEqual({ code: 'block.early', due: CHILD.timestamp - 2 * T });
    }
  });

  it('is refused for what time does not heal before it is held for being early', () => {
    expect(inContext({ stateRoot: new Uint8Array(32) }, { now: 0 })).toBe('block.root');
    expect(inContext({ target: CHILD.target - 1n }, { now: 0 })).toBe('block.target');
  });

  it('says which root differs', () => {
    for (const root of ['outcomeRoot', 'stateRoot', 'historyRoot'] as const) {
      try {
        checkRoots({ ...CHILD, [root]: new Uint8Array(32) }, ROOTS);
        expect.unreachable();
      } catch (error) {
        expect((error as BlockError).type).toEqual({ code: 'block.root', root });
      }
    }
  });

  it('answers any mutated header with a block code', () => {
    const field = fc.constantFrom('height', 'memberSet', 'signer', 'timestamp');
    fc.assert(
      fc.property(field, fc.integer({ min: 0, max: 0xffff }), fc.nat(1e9), (name, value, now) => {
        const code = inContext({ [name]: value }, { now: CHILD.timestamp + now });
        if (code !== 'nothing thrown') expect(code).toMatch(/^block\./);
        else expect({ ...CHILD, [name]: value }).toMatchObject({ height: CHILD.height, memberSet: CHILD.memberSet });
      }),
    );
  });
});

describe('body', () => {
  const HEIGHT = CHILD.height;
  const TRANSACTION = transactionOf({ validUntil: HEIGHT });

  function blockOf(transactions: readonly SealedTransaction[]): Block {
    const txRoot = transactionRoot(
      EMPTY_BYTES,
      transactions.map((sealed) => sealed.witnessId),
    );
    return { ...sign({ ...CHILD, txRoot }), certificate: EMPTY_BYTES, transactions };
  }

  it('accepts an empty body and one with transactions', () => {
    checkBody(blockOf([]));
    checkBody(blockOf([TRANSACTION, transactionOf({ validUntil: HEIGHT + MAX_VALID_BLOCKS })]));
  });

  it('refuses a body that is not the one committed to', () => {
    const block = blockOf([TRANSACTION, transactionOf({ sequence: 1 })]);
    const [first, second] = block.transactions;
    for (const transactions of [[second, first], [first], [first, second, second], []]) {
      expect(codeThrown(() => checkBody({ ...block, transactions }))).toBe('block.tx-root');
    }
    expect(codeThrown(() => checkBody({ ...block, certificate: Uint8Array.of(1) }))).toBe('block.tx-root');
  });

  it('refuses a transaction past its last height, and one good for too long', () => {
    expect(codeThrown(() => checkBody(blockOf([TRANSACTION, transactionOf({ validUntil: HEIGHT - 1 })])))).toBe(
      'block.expired',
    );
    const long = transactionOf({ validUntil: HEIGHT + MAX_VALID_BLOCKS + 1 });
    expect(codeThrown(() => checkBody(blockOf([long])))).toBe('block.lifetime');
  });

  it('refuses more public-key work than the budget, and takes exactly the budget', () => {
    const most = MAX_BLOCK_UNITS / UNITS_VERIFY;
    expect(Number.isInteger(most)).toBe(true);
    const full = blockOf(Array.from({ length: most }, () => TRANSACTION));
    expect(codeThrown(() => checkBody(full))).toBe('nothing thrown');
    expect(codeThrown(() => checkBody(blockOf([...full.transactions, TRANSACTION])))).toBe('block.units');
  });
});

describe('what a refusal says about the id', () => {
  it('never condemns an id for its time, its signature or the body that came along', () => {
    const kept: BlockErrorType[] = [
      { code: 'block.early', due: 0 },
      { code: 'block.signature' },
      { code: 'block.tx-root' },
    ];
    for (const type of kept) expect(condemnsId(new BlockError(type))).toBe(false);
    const condemned: BlockErrorType[] = [
      { code: 'block.target' },
      { code: 'block.root', root: 'stateRoot' },
      { code: 'block.units', units: 2, limit: 1 },
    ];
    for (const type of condemned) expect(condemnsId(new BlockError(type))).toBe(true);
  });
});
