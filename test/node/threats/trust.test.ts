// What a clinic makes of disputes and stopped organisations, over the real rules and the store's own queries: who starts
// anew knows what somebody knows that was there all the time. Clinics 1 and 2 are organisation 1, clinic 3 is 2, clinic 4 is 3.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromHex } from '../../../common/bytes.ts';
import { attachmentCommitment } from '../../../consensus/ledger/attachment.ts';
import { THREATS_RETAG } from '../../../consensus/ledger/kinds.ts';
import { decodeStatement } from '../../../consensus/ledger/statement.ts';
import { threatOrganisationKey } from '../../../consensus/ledger/tables.ts';
import { findThreat } from '../../../consensus/ledger/threats/apply.ts';
import { whoMay } from '../../../consensus/ledger/threats/key-epoch/rotation.ts';
import { findEpoch } from '../../../consensus/ledger/threats/key-epoch/rows.ts';
import { encodeRetag } from '../../../consensus/ledger/threats/key-epoch/types.ts';
import { encodeTrust, newTrust } from '../../../consensus/ledger/threats/trust/organisation-row.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { DEVELOPMENT } from '../../../consensus/params.ts';
import { Blocklist } from '../../../gateway/blocklist.ts';
import { NeverBlock } from '../../../gateway/never-block.ts';
import type { ThreatEntry } from '../../../gateway/threat-entry.ts';
import { sealThreat, type ThreatKey } from '../../../gateway/threat-seal.ts';
import { ClinicAuthor } from '../../../node/clinic-author.ts';
import { ChainQueries } from '../../../node/store/chain-queries.ts';
import { CheckedBatch, CheckedRows, type Level, openLevel } from '../../../node/store/kv.ts';
import { TABLE, tableKey } from '../../../node/store/layout.ts';
import { tagsElsewhere } from '../../../node/threats/key-epochs/elsewhere.ts';
import { makeReport } from '../../../node/threats/make.ts';
import { openReport } from '../../../node/threats/reports.ts';
import { Trust } from '../../../node/threats/trust.ts';
import { GENESIS, named, START, T, TestLedger } from '../../consensus/ledger/fixture.ts';
import { DAY, dispute, key, reinstate, report, reportOf } from '../../consensus/ledger/threat-statements.ts';
import { entryOf } from '../../gateway/generators.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';
import { temporaryDirectory } from '../../store/chain-fixture.ts';

const WEEK = DEVELOPMENT.threatMaxLife;
const KEYS = [1, 2].map((epoch) => ({ epoch, key: new Uint8Array(32).fill(epoch) }));
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

/** A clinic of organisation 1 that knows what clinic 4 reports. */
function clinic(entry: ThreatEntry = reported(), keys: readonly ThreatKey[] = KEYS) {
  const neverBlock = new NeverBlock({ documentationBlockable: true });
  const blocklist = new Blocklist(
    { blockInterval: T, threatMaxLife: 7 * DAY },
    { neverBlock, elsewhere: tagsElsewhere(() => keys) },
  );
  const trust = new Trust({ organisation: 1 }, { blocklist, store, clock: new ManualClock(ledger.time) });
  blocklist.add(entry, ledger.time);
  const says = () => {
    const { verdict, reasons } = blocklist.verdictFor(NETWORK, 1, ledger.time);
    return [verdict, ...reasons.map(({ rule }) => rule)];
  };
  return { blocklist, trust, says };
}

function reported(): ThreatEntry {
  const times = { issuedAt: ledger.time, expires: ledger.time + DAY };
  const from = { network: NETWORK, organisation: 3, clinic: 4, reportId: reportOf(4, 'r') };
  return entryOf({ ...from, ...times, tag: named('tag', 16) });
}

/** One block, and what it made known. */
async function block(number: number, statement: Statement) {
  const { events } = ledger.block([{ clinic: number, statements: [statement] }]);
  await save();
  return { connected: [{ events }], disconnected: [] };
}
/** A report of clinic 4, and how it reads when the chain has it under the first key and, once retagged, the second. */
function realReport(under = 0) {
  const author = new ClinicAuthor(
    { genesisId: new Uint8Array(32), clinic: 4 },
    { clock: new ManualClock(ledger.time) },
  );
  const facts = { category: 'scan', mode: 'manual', severity: 100, score: 0, requests: 0, failures: 0 } as const;
  const times = { now: ledger.time, expires: ledger.time + 3 * DAY };
  const { made, report: id } = makeReport(author, KEYS[under], { network: NETWORK, ...facts, ...times });
  const statement = decodeStatement(made.statement);
  const payload = { network: NETWORK, score: 0, requests: 0, failures: 0, note: '' };
  const second = sealThreat(KEYS[1], { clinic: 4, expires: times.expires }, payload);
  const sender = { clinic: 4, organisation: 3, role: 'gateway' } as const;
  const source = { statement, sender, transaction: named('t'), confirmed: true, receivedAt: times.now } as const;
  /** As the state has it now. */
  const read = (): ThreatEntry => {
    const row = findThreat(ledger.state, id)!;
    const attachment = row.keyEpoch === KEYS[under].epoch ? made.attachment! : second;
    return openReport(KEYS, { ...source, standing: row.standing, retagged: row }, attachment)!;
  };
  const retag = (): Statement => ({
    ...statement,
    ...{ kind: THREATS_RETAG, version: 2, issued: ledger.time },
    payload: encodeRetag({ keyEpoch: 2, tag: second.tag }),
    attachment: attachmentCommitment(second),
  });
  return { id, statement, read, retag };
}

/** The key of the second epoch, by whose turn it is. */
function renew(): void {
  ledger.time = START + WEEK;
  const [turn] = whoMay(DEVELOPMENT, ledger.rules.members, 1, findEpoch(GENESIS, ledger.state, 1)!, ledger.time + T);
  expect(ledger.apply(turn, key(turn, 2, 'k', { issued: ledger.time }), 'gateway').status).toBe('applied');
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

  it('heeds an organisation again whose sharing others took back', async () => {
    ledger.apply(4, report(4, 'r'));
    const stopped = { ...newTrust(START), stopped: true };
    ledger.state.write([[threatOrganisationKey(3), encodeTrust(stopped)]]);
    await save();
    const there = clinic();
    await there.trust.load();
    expect(there.says()).toEqual(['allow', 'advisory']);
    for (const number of [1, 3]) await there.trust.follow(await block(number, reinstate(number, 3)));
    expect(there.says()).toEqual(['challenge', 'foreign-organisation']);
  });

  it('knows under every key what was said of a network under one, and nothing of it without that key', async () => {
    ledger.time = START + WEEK - DAY / 2;
    const first = realReport();
    ledger.apply(4, first.statement);
    for (const number of [1, 3])
      ledger.apply(number, dispute(number, first.id, 'not-hostile', { issued: ledger.time }));
    renew();
    // said again under the new key, whose tag the chain has never seen
    const again = realReport(1);
    ledger.apply(4, again.statement);
    expect(again.read()).toMatchObject({ keyEpoch: 2, standing: 'low' });
    await save();
    // as if its word still counted
    const said = { ...again.read(), standing: 'full' } as const;
    const [both, blind] = [clinic(said), clinic(said, [KEYS[1]])];
    for (const one of [both, blind]) await one.trust.load();
    expect(both.says()).toEqual(['allow', 'disputed']);
    expect(blind.says()).toEqual(['challenge', 'foreign-organisation']);
    // for as long as the bar lasts, not only the suspension
    ledger.wait(2 * DAY);
    expect(both.says()).toEqual(['allow', 'disputed']);
    ledger.wait(5 * DAY);
    const later = clinic({ ...said, issuedAt: ledger.time, expires: ledger.time + DAY });
    await later.trust.load();
    expect(later.says()).toEqual(['challenge', 'foreign-organisation']);
  });

  it('adds up disputes of one network that were made under two keys', async () => {
    ledger.time = START + WEEK - DAY / 2;
    const first = realReport();
    ledger.apply(4, first.statement);
    renew();
    const again = realReport(1);
    ledger.apply(4, again.statement);
    ledger.apply(1, dispute(1, first.id, 'not-hostile', { issued: ledger.time }));
    await save();
    const there = clinic(again.read());
    await there.trust.load();
    const foreign = () => there.blocklist.verdictFor(NETWORK, 4, ledger.time).verdict;
    expect(foreign()).toBe('challenge');
    await there.trust.follow(await block(3, dispute(3, again.id, 'not-hostile', { issued: ledger.time })));
    expect(foreign()).toBe('allow');
  });

  it.each(['before', 'after'])('finds disputes of a report that goes under another key, made %s that', async (when) => {
    ledger.time = START + WEEK - DAY / 2;
    const { id, statement, read, retag } = realReport();
    ledger.apply(4, statement);
    await save();
    const there = clinic(read());
    await there.trust.load();
    const disputes = async () => {
      for (const number of [1, 3]) {
        await there.trust.follow(await block(number, dispute(number, id, 'not-hostile', { issued: ledger.time })));
      }
    };
    if (when === 'before') await disputes();
    renew();
    await there.trust.follow(await block(4, retag()));
    expect(read().keyEpoch).toBe(when === 'before' ? 1 : 2);
    there.blocklist.add(read(), ledger.time);
    if (when === 'after') await disputes();
    const anew = clinic(read());
    await anew.trust.load();
    const suspended = ['allow', 'disputed'];
    expect([there.says(), anew.says()]).toEqual([suspended, suspended]);
    ledger.wait(DAY);
    expect([there.says(), anew.says()]).toEqual([anew.says(), anew.says()]);
  });
});
