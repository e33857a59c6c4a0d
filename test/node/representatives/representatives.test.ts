// Who acts for which patient at a clinic: from when it was said, until its end to the millisecond, and as the chain says.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../../common/bytes.ts';
import { APPLIED, refused } from '../../../consensus/ledger/outcome.ts';
import { encodeRepresentativeRow, readRepresentative } from '../../../consensus/ledger/patients/representative.ts';
import { decodePayload } from '../../../consensus/ledger/payload.ts';
import { decodeStatement } from '../../../consensus/ledger/statement.ts';
import { patientRepresentativeKey } from '../../../consensus/ledger/tables.ts';
import type { Outcome } from '../../../consensus/ledger/types.ts';
import { formatPid, formatProvisional, handleOf } from '../../../identity/patient/pid.ts';
import { REPRESENTATIVE_KINDS } from '../../../identity/patient/representative-commitment.ts';
import { ClinicAuthor } from '../../../node/clinic-author.ts';
import type { NewStatement } from '../../../node/outbox/outbox.ts';
import type { OutboxRecord } from '../../../node/outbox/record.ts';
import { decodeKept, encodeKept, REPRESENTATIVE_DOCUMENTS } from '../../../node/representatives/kept.ts';
import { MAX_REPRESENTATIVES, Representatives } from '../../../node/representatives/representatives.ts';
import { MAX_DELEGATE_MS, majorityOf } from '../../../node/representatives/terms.ts';
import { MemoryKeyValues } from '../../helpers/memory-key-values.ts';

const START = Date.UTC(2026, 10, 21);
const DAY = 86_400_000;
const [CHILD, ADULT] = [formatPid(randomBytes(20)), formatPid(randomBytes(20))];
const [MOTHER, FRIEND, OWN] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const MAJORITY = Date.UTC(2027, 2, 1);

let now: number;
let representatives: Representatives;
let waiting: Map<string, NewStatement>;
let done: Map<string, Outcome>;
let chain: Map<string, Uint8Array>;
let full: boolean;

beforeEach(() => {
  now = START;
  full = false;
  waiting = new Map();
  done = new Map();
  chain = new Map();
  representatives = new Representatives({
    store: new MemoryKeyValues(),
    chain: { states: async (keys) => keys.map((key) => chain.get(toHex(key))) },
    outbox: {
      submit: async (statements) => {
        if (full) throw new Error('full');
        for (const one of statements) waiting.set(toHex(one.id), one);
        return [];
      },
      get: (id) => {
        if (waiting.has(toHex(id))) return { state: 'queued' } as OutboxRecord;
        const outcome = done.get(toHex(id));
        return outcome && ({ state: 'done', outcome } as OutboxRecord);
      },
    },
    author: new ClinicAuthor({ genesisId: randomBytes(32), clinic: 1 }, { clock: { now: () => now } as never }),
    clock: { now: () => now },
    // Born on a leap day.
    birthDate: async (pid) => (pid === CHILD ? '2009-03-01' : ''),
    accountOf: async (handle) => (Buffer.from(handle).equals(handleOf(ADULT)) ? OWN : undefined),
  });
});

/** The chain takes what waits. */
function block(): void {
  for (const { id, statement } of waiting.values()) {
    const { payload, version } = decodeStatement(statement);
    const said = decodePayload(payload, readRepresentative);
    if (said === undefined) throw new Error('no payload');
    const { handle, slot, commitment, ends } = said;
    const row = encodeRepresentativeRow({ commitment, ends, version, statement: id }).slice();
    chain.set(toHex(patientRepresentativeKey(handle, 1, slot)), row);
    done.set(toHex(id), APPLIED);
  }
  waiting.clear();
}

const refusal = (work: () => Promise<unknown>) =>
  work().then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );

const guardian = { account: MOTHER, kind: 'guardian', document: 'birth-certificate', by: undefined } as const;
const delegate = { account: FRIEND, kind: 'delegate', document: 'own-word', by: OWN } as const;
const acts = async (pid = CHILD) => (await representatives.acting(handleOf(pid))).map(({ account }) => account);

describe('who acts for a patient', () => {
  it('acts from when it was said until the child comes of age, to the millisecond and without anybody acting', async () => {
    const named = await representatives.name(CHILD, { ...guardian, ends: undefined });
    expect(named).toMatchObject({ ends: MAJORITY, state: 'acts', from: START });
    const [{ statement }] = waiting.values();
    for (const hidden of [MOTHER, new TextEncoder().encode(CHILD)]) {
      expect(Buffer.from(statement).includes(Buffer.from(hidden))).toBe(false);
    }
    expect(decodePayload(decodeStatement(statement).payload, readRepresentative)?.ends).toBe(Date.UTC(2028, 0, 1));
    block();
    now = MAJORITY - 1;
    expect(await acts()).toEqual([MOTHER]);
    expect(await representatives.of(MOTHER)).toMatchObject([{ pid: CHILD, kind: 'guardian' }]);
    now = MAJORITY;
    expect(await acts()).toEqual([]);
    expect(await representatives.of(MOTHER)).toEqual([]);
    expect(await representatives.ofPatient(handleOf(CHILD))).toMatchObject([{ state: 'over' }]);
  });

  it('is ended at once, before a block says so, and stays ended whatever the outbox does', async () => {
    const { id } = await representatives.name(ADULT, { ...delegate, ends: START + 30 * DAY });
    block();
    full = true;
    await expect(representatives.end(handleOf(ADULT), id, OWN)).rejects.toThrow('full');
    expect(await acts(ADULT)).toEqual([]);
    full = false;
    const ended = await representatives.end(handleOf(ADULT), id, OWN);
    expect(ended).toMatchObject({ state: 'ended', ended: { at: START, by: OWN } });
    const [{ statement }] = waiting.values();
    expect(decodePayload(decodeStatement(statement).payload, readRepresentative)).toMatchObject({ ends: 0 });
    expect(decodeStatement(statement).version).toBe(2);
    await representatives.end(handleOf(ADULT), id, undefined);
    expect(waiting.size).toBe(1);
    expect(await representatives.of(FRIEND)).toEqual([]);
    block();
    const again = await representatives.name(ADULT, { ...delegate, ends: START + DAY });
    expect(again.id).toEqual(id);
    expect([...waiting.values()].map(({ statement: made }) => decodeStatement(made).version)).toEqual([3]);
    expect(await acts(ADULT)).toEqual([FRIEND]);
  });

  it('counts nothing that the chain says otherwise, or refused', async () => {
    const { statement } = await representatives.name(ADULT, { ...delegate, ends: START + DAY });
    const sent = new Map(waiting);
    waiting.clear();
    done.set(toHex(statement), refused('not-attached'));
    expect(await acts(ADULT)).toEqual([]);
    waiting = sent;
    block();
    expect(await acts(ADULT)).toEqual([FRIEND]);
    for (const [key, bytes] of chain)
      chain.set(
        key,
        Uint8Array.from(bytes, (byte, at) => (at === 4 ? byte ^ 1 : byte)),
      );
    expect(await acts(ADULT)).toEqual([]);
    chain.clear();
    expect(await acts(ADULT)).toEqual([FRIEND]);
  });

  it('asks for an end that is neither past nor too far, of a delegate a year and of a child its majority', async () => {
    const said = (pid: typeof CHILD, given: object) =>
      refusal(() => representatives.name(pid, { ...delegate, ends: START + DAY, ...given }));
    expect(await said(ADULT, { ends: undefined })).toBe('representative.end');
    expect(await said(ADULT, { kind: 'guardian', ends: undefined })).toBe('representative.end');
    expect(await said(ADULT, { ends: START })).toBe('representative.end');
    expect(await said(ADULT, { ends: START + MAX_DELEGATE_MS + 1 })).toBe('representative.end');
    expect(await said(CHILD, { kind: 'guardian', ends: MAJORITY + 1 })).toBe('representative.end');
    expect(await said(CHILD, { ends: MAJORITY + 1 })).toBe('representative.end');
    expect(await said(ADULT, { account: OWN })).toBe('representative.self');
    expect(
      await refusal(async () => representatives.name(formatProvisional(randomBytes(20)), { ...delegate, ends: 1 })),
    ).toBe('me.provisional');
    expect(waiting.size).toBe(0);
    expect(await said(ADULT, { ends: START + MAX_DELEGATE_MS })).toBeUndefined();
    expect(majorityOf('2008-02-29')).toBe(Date.UTC(2026, 2, 1));
    expect(majorityOf('2008-02')).toBeUndefined();
  });

  it('is one of a few: names the same person again in her slot, and another only where one is free', async () => {
    for (let i = 0; i < MAX_REPRESENTATIVES; i++) {
      await representatives.name(ADULT, { ...delegate, account: new Uint8Array(32).fill(i + 1), ends: START + DAY });
    }
    expect(await refusal(() => representatives.name(ADULT, { ...delegate, ends: START + DAY }))).toBe(
      'representative.full',
    );
    const first = new Uint8Array(32).fill(1);
    const longer = await representatives.name(ADULT, { ...delegate, account: first, ends: START + 2 * DAY });
    expect(await representatives.of(first)).toMatchObject([{ ends: longer.ends }]);
    now = START + DAY;
    expect(await acts(ADULT)).toEqual([first]);
    await representatives.name(ADULT, { ...delegate, ends: now + DAY });
    expect((await acts(ADULT)).length).toBe(2);
    expect(await refusal(() => representatives.end(handleOf(ADULT), randomBytes(32), OWN))).toBe(
      'representative.unknown',
    );
    await representatives.forget(handleOf(ADULT));
    expect(await representatives.ofPatient(handleOf(ADULT))).toEqual([]);
    expect(await representatives.of(FRIEND)).toEqual([]);
  });

  it('is no guardian any word makes a delegate of, or ends sooner; reception does', async () => {
    const { id: a } = await representatives.name(CHILD, { ...guardian, ends: undefined });
    const court = { ...guardian, account: FRIEND, document: 'court-order', ends: START + 30 * DAY } as const;
    await representatives.name(CHILD, court);
    const deposed = { ...delegate, by: MOTHER, through: a, ends: START + 1 };
    expect(await refusal(() => representatives.name(CHILD, deposed))).toBe('representative.guardian');
    expect(await representatives.of(FRIEND)).toMatchObject([{ kind: 'guardian', ends: court.ends }]);
    await representatives.name(CHILD, { ...court, ends: START + DAY });
    expect(await representatives.of(FRIEND)).toMatchObject([{ ends: START + DAY }]);
  });

  it('is named by whom acts at that moment, no longer than she, and ended with her by her account', async () => {
    const ends = START + 10 * DAY;
    const { id } = await representatives.name(CHILD, { ...guardian, ends });
    const byMother = { ...delegate, by: MOTHER, through: id, ends };
    expect(await refusal(() => representatives.name(CHILD, { ...byMother, ends: ends + 1 }))).toBe(
      'representative.end',
    );
    expect(await refusal(() => representatives.endOf(CHILD, { ...byMother, ends: START }))).toBe('representative.end');
    expect(await refusal(() => representatives.name(CHILD, { ...byMother, by: OWN }))).toBe('representative.not-yours');
    expect(await refusal(() => representatives.name(CHILD, { ...delegate, ends }))).toBe('me.not-attached');
    expect(await refusal(() => representatives.name(ADULT, { ...delegate, by: MOTHER, ends }))).toBe('me.not-attached');
    await representatives.name(CHILD, byMother);
    expect(await representatives.endNamedBy(handleOf(CHILD), OWN, 0, OWN)).toEqual([]);
    expect(await representatives.endNamedBy(handleOf(CHILD), MOTHER, ends, OWN)).toEqual([]);
    const [, late] = await Promise.allSettled([
      representatives.end(handleOf(CHILD), id, undefined),
      representatives.name(CHILD, { ...byMother, account: OWN }),
    ]);
    expect(late).toMatchObject({ reason: { code: 'representative.not-yours' } });
    const ended = await representatives.endNamedBy(handleOf(CHILD), MOTHER, 0, undefined);
    expect(ended).toMatchObject([{ account: FRIEND, state: 'ended' }]);
    expect(await acts()).toEqual([]);
  });

  it('is kept in rows that decode to what they were, or not at all', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((one) => one.some((byte) => byte !== 0));
    const by = fc.option(bytes, { nil: undefined });
    const time = fc.integer({ min: 1, max: 2 ** 45 });
    const row = fc.record({
      ...{ account: bytes, kind: fc.constantFrom(...REPRESENTATIVE_KINDS), ends: time, pid: fc.constant(CHILD) },
      ...{ document: fc.constantFrom(...REPRESENTATIVE_DOCUMENTS), from: time, by },
      ...{ ended: fc.option(fc.record({ at: time, by }), { nil: undefined }), version: fc.nat(), statement: bytes },
    });
    fc.assert(
      fc.property(row, fc.nat(), fc.nat({ max: 255 }), (kept, at, byte) => {
        const made = encodeKept(kept);
        expect(decodeKept(made)).toEqual(kept);
        const wrong = made.slice();
        wrong[at % wrong.length] = byte;
        const read = attempt(() => decodeKept(wrong));
        if (typeof read === 'string') expect(read).toMatch(/^(codec|identifier)\./);
        else expect(encodeKept(read)).toEqual(wrong);
      }),
      { numRuns: 100 },
    );
  });
});

/** What it gives, or the code that it fails with. */
function attempt<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    return String((error as { code?: string }).code);
  }
}
