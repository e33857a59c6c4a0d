// Disputes and revocations that reach a block before the report that they are about: refused there, and said again until the
// chain has them.
// Clinics 1 and 2 are organisation 1, clinic 3 is 2, clinic 4 is 3.
import { beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../../common/logger.ts';
import { THREATS_REVOKE } from '../../../consensus/ledger/kinds.ts';
import { decodeStatement, encodeStatement } from '../../../consensus/ledger/statement.ts';
import { findThreat } from '../../../consensus/ledger/threats/apply.ts';
import { findTag } from '../../../consensus/ledger/threats/trust/tag-row.ts';
import type { Outcome, Statement } from '../../../consensus/ledger/types.ts';
import type { OutboxRecord } from '../../../node/outbox/record.ts';
import { EarlyStatements } from '../../../node/threats/early-statements.ts';
import { named, START, TestLedger } from '../../consensus/ledger/fixture.ts';
import { dispute, report, reportOf, revoke } from '../../consensus/ledger/threat-statements.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';

const R = reportOf(4, 'r');
const TAG = { keyEpoch: 1, tag: named('tag', 16) };

let ledger: TestLedger;
/** The outbox of clinic 1, oldest first. */
let records: OutboxRecord[];
let listeners: Set<(record: OutboxRecord) => void>;
let full: boolean;

beforeEach(() => {
  ledger = new TestLedger();
  records = [];
  listeners = new Set();
  full = false;
});

function submit(statement: Statement): OutboxRecord {
  const none = { attachment: undefined, transaction: undefined, validUntil: undefined, height: undefined };
  const id = named(`statement ${records.length}`);
  const bytes = encodeStatement(statement);
  const record: OutboxRecord = {
    ...{ ...none, order: records.length, id, statement: bytes, role: 'gateway', made: ledger.time },
    ...{ state: 'pending', outcome: undefined },
  };
  records.push(record);
  return record;
}

/** What a block made of it, or that its block was left. */
function settle(record: OutboxRecord, outcome: Outcome | undefined): void {
  Object.assign(record, { state: outcome === undefined ? 'pending' : 'done', outcome });
  for (const listener of listeners) listener(record);
}

/** Clinic 1 as it starts: its outbox is what it was. */
async function start() {
  const said: OutboxRecord[] = [];
  const early = new EarlyStatements(
    { organisation: 1 },
    {
      outbox: {
        list: () => [...records].reverse(),
        onChange: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      store: { states: async (keys) => keys.map((key) => ledger.state.get(key)) },
      clock: new ManualClock(ledger.time),
      logger: createLogger({ level: 'silent' }),
      say: async (one, { version }) => {
        if (full) throw new Error('the outbox is full');
        const again =
          one.kind === 'dispute'
            ? dispute(1, one.report, one.reason, { issued: ledger.time })
            : revoke(1, one.report, version, one.reason, { issued: one.issued - 1 });
        said.push(submit(again));
      },
    },
  );
  await early.start();
  return { early, said };
}

/** A block with these, in this order; the outcomes of clinic 1's go to its outbox. */
function block(...sent: { clinic: number; statement: Statement; record?: OutboxRecord }[]): void {
  const { outcomes } = ledger.block(sent.map(({ clinic, statement }) => ({ clinic, statements: [statement] })));
  for (const [index, { record }] of sent.entries()) if (record !== undefined) settle(record, outcomes[index][0]);
}

const reported = { clinic: 4, statement: report(4, 'r') };
const ours = () => {
  const statement = dispute(1, R);
  return { clinic: 1, statement, record: submit(statement) };
};
/** Lets what an event began come to its end. */
const quiet = () => new Promise((resolve) => setImmediate(resolve));

describe('a dispute that came before its report', () => {
  it('in the same block is said again at once, and counts', async () => {
    const { said } = await start();
    block(ours(), reported);
    await quiet();
    expect(said).toHaveLength(1);
    block({ clinic: 1, statement: dispute(1, R), record: said[0] });
    await quiet();
    expect(findTag(ledger.state, TAG).disputers).toMatchObject([{ organisation: 1, reason: 'not-hostile' }]);
    expect(said).toHaveLength(1);
  });

  it('in an earlier block is said again with the block of the report, once', async () => {
    const { early, said } = await start();
    block(ours());
    await quiet();
    expect(said).toEqual([]);
    block(reported);
    await Promise.all([early.sayAgain(R), early.sayAgain(R)]);
    expect(said).toHaveLength(1);
  });

  it('that the outbox takes not is said with the next block, once', async () => {
    const { early, said } = await start();
    block(ours());
    block(reported);
    full = true;
    await expect(early.sayAgain(R)).rejects.toThrow('full');
    full = false;
    await Promise.all([early.sayAgain(R), early.sayAgain(R)]);
    expect(said).toHaveLength(1);
  });

  it('is said again after a restart, unless that was done', async () => {
    const { early } = await start();
    block(ours());
    early.stop();
    listeners.clear();
    block(reported);
    expect((await start()).said).toHaveLength(1);
    expect((await start()).said).toEqual([]);
  });

  it('on the branch that stayed alone is said again', async () => {
    const { said } = await start();
    const before = ledger.state.copy();
    const mine = ours();
    block(reported, mine);
    await quiet();
    ledger.state = before;
    settle(mine.record, undefined);
    block(mine, reported);
    await quiet();
    expect(said).toHaveLength(1);
  });

  it('is let be when the report was taken back', async () => {
    const { early, said } = await start();
    block(ours());
    block(reported, { clinic: 4, statement: revoke(4, R, 1) });
    await early.sayAgain(R);
    expect(said).toEqual([]);
  });

  it('is let be when another branch of the organisation and a second one have suspended the report', async () => {
    const { early, said } = await start();
    block(ours());
    block(reported);
    for (const clinic of [2, 3]) block({ clinic, statement: dispute(clinic, R) });
    await early.sayAgain(R);
    expect(said).toEqual([]);
  });
});

describe('a revocation that came before its report', () => {
  const O = reportOf(1, 'own');
  const own = { clinic: 1, statement: report(1, 'own') };
  const takenBack = () => {
    const statement = revoke(1, O, 1, 'appeal');
    return { clinic: 1, statement, record: submit(statement) };
  };
  const again = (said: readonly OutboxRecord[]) => said.map((record) => decodeStatement(record.statement));

  it('is said again after a restart, for the same reason and dated before it, and stands', async () => {
    const { early } = await start();
    block(takenBack());
    early.stop();
    listeners.clear();
    // nothing but the outbox is left of it
    const { early: next, said } = await start();
    expect(said).toEqual([]);
    block(own);
    await next.sayAgain(O);
    const [statement] = again(said);
    expect(statement).toMatchObject({ kind: THREATS_REVOKE, version: 1, issued: START - 1 });
    block({ clinic: 1, statement, record: said[0] });
    expect(findThreat(ledger.state, O)).toMatchObject({ live: false, revoked: { clinic: 1, reason: 'appeal' } });
    await quiet();
    expect(said).toHaveLength(1);
    expect((await start()).said).toEqual([]);
  });

  it('is never said twice in the same bytes, however many branches refuse it', async () => {
    const { early, said } = await start();
    block(takenBack());
    const before = ledger.state.copy();
    block(own);
    await early.sayAgain(O);
    ledger.state = before;
    const [statement] = again(said);
    block({ clinic: 1, statement, record: said[0] }, own);
    await quiet();
    expect(again(said).map(({ issued }) => issued)).toEqual([START - 1, START - 2]);
  });
});
