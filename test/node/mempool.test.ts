// The waiting room for transactions: who may wait, in what order they leave, who has to go.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { randomBytes, sha256, signEd25519, signingKeyPair } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { type Genesis, genesisId } from '../../consensus/genesis.ts';
import { CREDITS_TRANSFER, THREATS_REPORT } from '../../consensus/ledger/kinds.ts';
import { signTransaction } from '../../consensus/ledger/transaction.ts';
import type { SealedTransaction } from '../../consensus/ledger/types.ts';
import { MAX_VALID_BLOCKS } from '../../consensus/limits.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import { MAX_AHEAD, Mempool } from '../../node/mempool/mempool.ts';
import type { TransactionResult } from '../../node/store/ports.ts';
import { testGenesis } from '../store/chain-fixture.ts';

type Role = 'node' | 'gateway';

const seed = (clinic: number, role: Role): Uint8Array => sha256(Uint8Array.of(77, clinic, role === 'node' ? 1 : 2));
const key = (clinic: number, role: Role): Uint8Array => signingKeyPair(seed(clinic, role)).publicKey;

const CLINICS = [1, 2, 3, 4];
const base = testGenesis('mempool-test');
const genesis: Genesis = {
  ...base,
  clinics: CLINICS.map((number) => ({
    ...base.clinics[0],
    number,
    nodeKey: key(number, 'node'),
    gatewayKey: key(number, 'gateway'),
  })),
};
const G = genesisId(genesis);
const members = new MemberSets({ genesis }, { states: async () => [] });

interface Made {
  readonly role?: Role;
  readonly sequence: number;
  readonly validUntil?: number;
  /** Bytes of padding in the payload. */
  readonly size?: number;
}

function make(clinic: number, { role = 'node', sequence, validUntil = 100, size = 32 }: Made): SealedTransaction {
  const statement = {
    kind: role === 'gateway' ? THREATS_REPORT : CREDITS_TRANSFER,
    author: { type: 'clinic', clinic } as const,
    object: randomBytes(32),
    version: 1,
    issued: 1_760_000_000_000,
    payload: new Uint8Array(size),
    attachment: undefined,
    signature: undefined,
  };
  const unsigned = { sender: key(clinic, role), sequence, validUntil, statements: [statement] };
  return signTransaction(G, unsigned, (id) => signEd25519(seed(clinic, role), id));
}

const resultOf = ({ id, witnessId, transaction }: SealedTransaction): TransactionResult => ({
  id,
  witnessId,
  sender: transaction.sender,
  sequence: transaction.sequence,
  statements: [],
});

const ALL = { bytes: 2 ** 21, units: 1e9, count: 8_192, clinicBytes: 2 ** 21 };
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    (error: { code?: string }) => error.code ?? String(error),
  );

let stored: Map<string, number>;
/** What the store has read is given once this is over. */
let answered: Promise<void>;

function pool(options: { bytes?: number; threatBytes?: number } = {}): Mempool {
  const mempool = new Mempool(options, {
    members,
    nextSequence: async (sender) => {
      const next = stored.get(toHex(sender)) ?? 0;
      await answered;
      return next;
    },
  });
  mempool.start(0);
  return mempool;
}

beforeEach(() => {
  stored = new Map();
  answered = Promise.resolve();
});

describe('mempool', () => {
  it('keeps the first transaction of a sequence and refuses another one', async () => {
    const mempool = pool();
    const first = make(1, { sequence: 0 });
    expect(await mempool.add(first, [])).toBe(true);
    expect(await mempool.add(first, [])).toBe(false);
    expect(await codeOf(mempool.add(make(1, { sequence: 0 }), []))).toBe('mempool.taken');
    expect(mempool.select(ALL).map(({ id }) => toHex(id))).toEqual([toHex(first.id)]);
  });

  it('counts a transaction once that comes twice while the sequence of its sender is read', async () => {
    const mempool = pool();
    const sealed = make(1, { sequence: 0 });
    const answers = await Promise.all([mempool.add(sealed, []), mempool.add(sealed, [])]);
    expect(answers.sort()).toEqual([false, true]);
    mempool.connected([resultOf(sealed)], 1);
    expect(mempool.bytes).toBe(0);
  });

  it('gives the sequence after one that came while it was asked', async () => {
    const mempool = pool();
    const adding = mempool.add(make(1, { sequence: 0 }), []);
    const { promise, resolve } = Promise.withResolvers<void>();
    answered = promise;
    const asked = mempool.nextFree(key(1, 'node'));
    await adding;
    resolve();
    expect(await asked).toBe(1);
  });

  it('refuses what the chain has used, what is too far ahead and what can no longer enter a block', async () => {
    stored.set(toHex(key(1, 'node')), 5);
    const mempool = pool();
    expect(await codeOf(mempool.add(make(1, { sequence: 4 }), []))).toBe('mempool.stale');
    expect(await codeOf(mempool.add(make(1, { sequence: 5 + MAX_AHEAD }), []))).toBe('mempool.gap');
    expect(await codeOf(mempool.add(make(1, { sequence: 5, validUntil: 0 }), []))).toBe('mempool.expired');
    const late = make(1, { sequence: 5, validUntil: MAX_VALID_BLOCKS + 1 });
    expect(await codeOf(mempool.add(late, []))).toBe('mempool.expired');
    expect(await codeOf(mempool.add(make(1, { sequence: 5 }), []))).toBe('accepted');
  });

  it('refuses a sender that is no member', async () => {
    const stranger = randomBytes(32);
    const unsigned = { ...make(1, { sequence: 0 }).transaction, sender: signingKeyPair(stranger).publicKey };
    const sealed = signTransaction(G, unsigned, (id) => signEd25519(stranger, id));
    expect(await codeOf(pool().add(sealed, []))).toBe('mempool.sender');
  });

  it('refuses what would make every block of this clinic invalid: words in the name of another clinic', async () => {
    const forged = (role: Role, kind: number, clinic: number): SealedTransaction => {
      const { transaction } = make(1, { role, sequence: 0 });
      const author = { type: 'clinic', clinic } as const;
      const statements = transaction.statements.map((statement) => ({ ...statement, author, kind }));
      return signTransaction(G, { ...transaction, statements }, (id) => signEd25519(seed(1, role), id));
    };
    expect(await codeOf(pool().precheck(forged('node', CREDITS_TRANSFER, 2)))).toBe('block.author');
    expect(await codeOf(pool().precheck(forged('gateway', CREDITS_TRANSFER, 1)))).toBe('block.gateway');
    expect(await codeOf(pool().precheck(forged('gateway', THREATS_REPORT, 1)))).toBe('accepted');
  });

  it('gives out consecutive sequences only, and names the next free one', async () => {
    const mempool = pool();
    for (const sequence of [0, 1, 3, 4]) await mempool.add(make(1, { sequence }), []);
    expect(mempool.select(ALL).map(({ transaction }) => transaction.sequence)).toEqual([0, 1]);
    expect(await mempool.nextFree(key(1, 'node'))).toBe(2);
    expect(await mempool.known()).toEqual([{ sender: key(1, 'node'), next: 2 }]);
    await mempool.add(make(1, { sequence: 2 }), []);
    expect(mempool.select(ALL)).toHaveLength(5);
  });

  it('puts threat reports first, then takes one of each clinic in turn, within the share of each', async () => {
    const mempool = pool();
    for (let sequence = 0; sequence < 6; sequence++) await mempool.add(make(1, { sequence }), []);
    await mempool.add(make(2, { sequence: 0 }), []);
    await mempool.add(make(3, { role: 'gateway', sequence: 0 }), []);
    const clinics = mempool.select(ALL).map(({ transaction }) => members.current.sender(transaction.sender)?.clinic);
    expect(clinics[0]).toBe(3);
    expect(new Set(clinics.slice(1, 3))).toEqual(new Set([1, 2]));
    expect(clinics.slice(3)).toEqual([1, 1, 1, 1, 1]);
    const size = make(1, { sequence: 0 }).bytes.length + 2;
    const narrow = mempool.select({ ...ALL, clinicBytes: 2 * size }).map(({ transaction }) => transaction.sender);
    expect(narrow.filter((sender) => toHex(sender) === toHex(key(1, 'node')))).toHaveLength(2);
  });

  it('forgets what a block took, what became stale with it, and what expired', async () => {
    const mempool = pool();
    const removed: string[] = [];
    mempool.onRemoved((entry, reason) => removed.push(`${entry.sealed.transaction.sequence} ${reason}`));
    const first = make(1, { sequence: 0 });
    await mempool.add(first, []);
    await mempool.add(make(1, { sequence: 1 }), []);
    await mempool.add(make(1, { sequence: 2, validUntil: 9 }), []);
    const other = make(1, { sequence: 1 });
    mempool.connected([resultOf(first), resultOf(other)], 5);
    expect(removed).toEqual(['0 included', '1 stale']);
    mempool.connected([], 9);
    expect(removed).toEqual(['0 included', '1 stale', '2 expired']);
    expect(mempool.size).toBe(0);
    expect(mempool.bytes).toBe(0);
  });

  it('takes sequences back when blocks are undone', async () => {
    const mempool = pool();
    const first = make(1, { sequence: 0 });
    mempool.connected([resultOf(first)], 1);
    stored.set(toHex(key(1, 'node')), 1);
    expect(await codeOf(mempool.add(first, []))).toBe('mempool.stale');
    stored.set(toHex(key(1, 'node')), 0);
    await mempool.rewound(0);
    expect(await codeOf(mempool.add(first, []))).toBe('accepted');
    expect(mempool.select(ALL)).toHaveLength(1);
  });

  it('offers nothing that may not stand yet, when the chain became shorter', async () => {
    const mempool = pool();
    const far = make(1, { sequence: 0, validUntil: 10 + MAX_VALID_BLOCKS });
    mempool.start(10);
    await mempool.add(far, []);
    await mempool.rewound(8);
    expect(mempool.select(ALL)).toEqual([]);
    mempool.connected([], 9);
    expect(mempool.select(ALL)).toEqual([far]);
  });

  it('makes room from the clinic that uses most, from its end, and never below the share of the newcomer', async () => {
    const size = make(1, { sequence: 0, size: 1_000 }).bytes.length;
    const mempool = pool({ bytes: 10 * size });
    const evicted: number[] = [];
    mempool.onRemoved(({ sealed }, reason) => reason === 'evicted' && evicted.push(sealed.transaction.sequence));
    for (let sequence = 0; sequence < 10; sequence++) await mempool.add(make(1, { sequence, size: 1_000 }), []);
    expect(await codeOf(mempool.add(make(1, { sequence: 10, size: 1_000 }), []))).toBe('mempool.full');
    for (let sequence = 0; sequence < 5; sequence++) {
      expect(await codeOf(mempool.add(make(2, { sequence, size: 1_000 }), []))).toBe('accepted');
    }
    expect(evicted).toEqual([9, 8, 7, 6, 5]);
    expect(await codeOf(mempool.add(make(2, { sequence: 5, size: 1_000 }), []))).toBe('mempool.full');
    expect(await codeOf(mempool.add(make(3, { sequence: 0, size: 1_000 }), []))).toBe('accepted');
  });

  it('keeps room for threat reports whatever else waits, and none of theirs for the rest', async () => {
    const size = make(1, { sequence: 0, size: 1_000 }).bytes.length;
    const mempool = pool({ bytes: 2 * size, threatBytes: 2 * size });
    for (const sequence of [0, 1]) await mempool.add(make(1, { sequence, size: 1_000 }), []);
    for (const sequence of [0, 1]) {
      const report = make(2, { role: 'gateway', sequence, size: 1_000 });
      expect(await codeOf(mempool.add(report, []))).toBe('accepted');
    }
    const third = make(2, { role: 'gateway', sequence: 2, size: 1_000 });
    expect(await codeOf(mempool.add(third, []))).toBe('mempool.full');
    expect(await codeOf(mempool.add(make(1, { sequence: 2, size: 1_000 }), []))).toBe('mempool.full');
  });

  it('keeps room for the reports of each clinic, however many another one sends', async () => {
    const size = make(1, { role: 'gateway', sequence: 0, size: 1_000 }).bytes.length;
    const mempool = pool({ threatBytes: 10 * size });
    for (let sequence = 0; sequence < 10; sequence++) {
      await mempool.add(make(1, { role: 'gateway', sequence, size: 1_000 }), []);
    }
    expect(await codeOf(mempool.add(make(2, { role: 'gateway', sequence: 0, size: 1_000 }), []))).toBe('accepted');
    expect(await mempool.nextFree(key(1, 'gateway'))).toBe(9);
    expect(mempool.size).toBe(10);
  });

  it('never shows a sequence between the old and the new one while blocks are undone', async () => {
    stored.set(toHex(key(1, 'node')), MAX_AHEAD + 7);
    const mempool = pool();
    await mempool.add(make(1, { sequence: MAX_AHEAD + 7 }), []);
    stored.set(toHex(key(1, 'node')), MAX_AHEAD + 6);
    const rewound = mempool.rewound(0);
    expect(await mempool.nextFree(key(1, 'node'))).toBe(MAX_AHEAD + 8);
    await rewound;
    expect(await mempool.nextFree(key(1, 'node'))).toBe(MAX_AHEAD + 6);
  });

  it('takes no sequence for the next one that was read before a block was undone', async () => {
    const mempool = pool();
    const { promise, resolve } = Promise.withResolvers<void>();
    answered = promise;
    stored.set(toHex(key(1, 'node')), 5);
    const adding = codeOf(mempool.add(make(1, { sequence: 5 }), []));
    stored.set(toHex(key(1, 'node')), 3);
    const rewound = mempool.rewound(2);
    resolve();
    await rewound;
    expect(await adding).toBe('accepted');
    const undone = [3, 4].map((sequence) => make(1, { sequence }));
    for (const sealed of undone) expect(await codeOf(mempool.add(sealed, []))).toBe('accepted');
    expect(mempool.select(ALL).map(({ transaction }) => transaction.sequence)).toEqual([3, 4, 5]);
  });

  it('keeps to the block that comes while it reads the sequences again', async () => {
    const mempool = pool();
    const [first, second] = [0, 1].map((sequence) => make(1, { sequence, validUntil: 5 + sequence }));
    for (const sealed of [first, second]) await mempool.add(sealed, []);
    const { promise, resolve } = Promise.withResolvers<void>();
    answered = promise;
    const rewound = mempool.rewound(4);
    stored.set(toHex(key(1, 'node')), 1);
    mempool.connected([resultOf(first)], 5);
    resolve();
    await rewound;
    expect(mempool.select(ALL)).toEqual([second]);
    expect(await mempool.nextFree(key(1, 'node'))).toBe(2);
    expect(await codeOf(mempool.add(make(2, { sequence: 0, validUntil: 5 }), []))).toBe('mempool.expired');
  });

  it('holds its bounds and its books over any order of arrivals, blocks and undoings', async () => {
    const transactions = new Map<string, SealedTransaction>();
    const of = (clinic: number, sequence: number, variant: number): SealedTransaction => {
      const name = `${clinic} ${sequence} ${variant}`;
      const made =
        transactions.get(name) ?? make(clinic, { sequence, size: 200 * (1 + variant), validUntil: 20 + variant });
      transactions.set(name, made);
      return made;
    };
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.tuple(fc.constant('add'), fc.constantFrom(...CLINICS), fc.nat(7), fc.nat(2)) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('block'), fc.constant(0), fc.nat(4), fc.constant(0)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('undo'), fc.constantFrom(...CLINICS), fc.nat(3), fc.constant(0)) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        stored = new Map();
        const limit = 6_000;
        const mempool = pool({ bytes: limit });
        let height = 0;
        for (const [what, clinic, n, variant] of steps) {
          if (what === 'add') await mempool.add(of(clinic, n, variant), []).catch(() => {});
          else if (what === 'block') {
            const taken = mempool.select({ ...ALL, count: n });
            for (const { transaction } of taken) stored.set(toHex(transaction.sender), transaction.sequence + 1);
            mempool.connected(taken.map(resultOf), ++height);
          } else {
            const sender = toHex(key(clinic, 'node'));
            stored.set(sender, Math.max(0, (stored.get(sender) ?? 0) - n));
            await mempool.rewound(height);
          }
          const entries = [...mempool.entries()];
          expect(mempool.bytes).toBe(entries.reduce((sum, { bytes }) => sum + bytes, 0));
          expect(mempool.bytes).toBeLessThanOrEqual(limit);
          expect(mempool.size).toBe(entries.length);
          for (const { sealed } of entries) {
            const { sender, sequence } = sealed.transaction;
            expect(sequence).toBeGreaterThanOrEqual(stored.get(toHex(sender)) ?? 0);
          }
          // What is chosen could stand in the next block: each sender from the chain's sequence on, without a gap.
          const expected = new Map(stored);
          for (const { transaction } of mempool.select(ALL)) {
            const sender = toHex(transaction.sender);
            expect(transaction.sequence).toBe(expected.get(sender) ?? 0);
            expected.set(sender, transaction.sequence + 1);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
