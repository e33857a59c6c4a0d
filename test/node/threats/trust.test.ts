// What a clinic makes of disputes and stopped organisations, over the real rules and the store's own queries: who starts
// anew knows what somebody knows that was there all the time. Clinics 1 and 2 are organisation 1, clinic 3 is 2, clinic 4 is 3.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromHex } from '../../../common/bytes.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { Blocklist } from '../../../gateway/blocklist.ts';
import { NeverBlock } from '../../../gateway/never-block.ts';
import { ChainQueries } from '../../../node/store/chain-queries.ts';
import { CheckedBatch, CheckedRows, type Level, openLevel } from '../../../node/store/kv.ts';
import { TABLE, tableKey } from '../../../node/store/layout.ts';
import { Trust } from '../../../node/threats/trust.ts';
import { named, T, TestLedger } from '../../consensus/ledger/fixture.ts';
import { DAY, dispute, report, reportOf } from '../../consensus/ledger/threat-statements.ts';
import { entryOf } from '../../gateway/generators.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';
import { temporaryDirectory } from '../../store/chain-fixture.ts';

const NETWORK = { family: 4, prefix: 32, high: 0xcb007107, low: 0 } as const;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let level: Level;
let store: ChainQueries;
let ledger: TestLedger;

beforeEach(async () => {
  directory = await temporaryDirectory();
  level = await openLevel(directory.path, { writeBuffer: 1 << 20, cache: 1 << 20 });
  const rows = new CheckedRows(level, new Map());
  store = new ChainQueries({ genesisId: new Uint8Array(32) }, { rows });
  ledger = new TestLedger();
});

afterEach(async () => {
  await level.close();
  await directory.remove();
});

/** The database says what the ledger does. */
async function save(): Promise<void> {
  const batch = new CheckedBatch(level);
  for await (const [key] of level.iterator()) batch.del(key);
  for (const [key, value] of ledger.state.rows) batch.put(tableKey(TABLE.state, fromHex(key)), value);
  await batch.write();
}

/** A clinic of organisation 1 that knows one report of clinic 4. */
function clinic() {
  const blocklist = new Blocklist(
    { blockInterval: T, threatMaxLife: 7 * DAY },
    { neverBlock: new NeverBlock({ documentationBlockable: true }) },
  );
  const clock = new ManualClock(ledger.time);
  const tag = named('tag', 16);
  const entry = {
    network: NETWORK,
    organisation: 3,
    clinic: 4,
    tag,
    issuedAt: ledger.time,
    expires: ledger.time + DAY,
  };
  blocklist.add(entryOf({ ...entry, reportId: reportOf(4, 'r') }), ledger.time);
  const trust = new Trust({ organisation: 1 }, { blocklist, store, clock });
  const says = () => {
    const { verdict, reasons } = blocklist.verdictFor(NETWORK, 1, ledger.time);
    return [verdict, ...reasons.map(({ rule }) => rule)];
  };
  return { trust, says };
}

/** One block, and what it made known. */
async function block(number: number, statement: Statement) {
  const { events } = ledger.block([{ clinic: number, statements: [statement] }]);
  await save();
  return { connected: [{ events }], disconnected: [] };
}

describe('trust at a clinic', () => {
  it('says the same of a dispute and of its suspension to who followed and to who starts anew', async () => {
    ledger.apply(4, report(4, 'r'));
    await save();
    const there = clinic();
    await there.trust.load();
    expect(there.says()).toEqual(['challenge', 'foreign-organisation']);
    const suspended = ['allow', 'disputed'];
    for (const number of [1, 3]) {
      await there.trust.follow(await block(number, dispute(number, reportOf(4, 'r'))));
      const anew = clinic();
      await anew.trust.load();
      expect([there.says(), anew.says()]).toEqual([suspended, suspended]);
    }
  });

  it('forgets what a branch had said of a tag that was replaced as a whole', async () => {
    ledger.apply(4, report(4, 'r'));
    const before = ledger.state.copy();
    for (const number of [1, 3]) ledger.apply(number, dispute(number, reportOf(4, 'r')));
    await save();
    const there = clinic();
    await there.trust.load();
    expect(there.says()).toEqual(['allow', 'disputed']);
    ledger.state = before;
    await save();
    await there.trust.load();
    expect(there.says()).toEqual(['challenge', 'foreign-organisation']);
  });

  it('heeds nobody whose sharing is stopped, followed or started anew', async () => {
    ledger.apply(4, report(4, 'r'));
    for (const name of ['a', 'b', 'c']) {
      ledger.apply(4, report(4, name, { tag: named(name, 16) }));
      ledger.apply(1, dispute(1, reportOf(4, name), 'never-block'));
    }
    for (const name of ['a', 'b']) ledger.apply(3, dispute(3, reportOf(4, name), 'never-block'));
    await save();
    const there = clinic();
    await there.trust.load();
    expect(there.says()).toEqual(['challenge', 'foreign-organisation']);
    await there.trust.follow(await block(3, dispute(3, reportOf(4, 'c'), 'never-block')));
    const anew = clinic();
    await anew.trust.load();
    const stopped = ['allow', 'advisory'];
    expect([there.says(), anew.says()]).toEqual([stopped, stopped]);
  });
});
