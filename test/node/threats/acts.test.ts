// What this clinic says of addresses by hand, over a real list: what is refused before anything is said.
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../common/logger.ts';
import { refusalCode } from '../../../consensus/ledger/codes.ts';
import { THREATS_DISPUTE, THREATS_REINSTATE } from '../../../consensus/ledger/kinds.ts';
import { decodePayload } from '../../../consensus/ledger/payload.ts';
import { decodeStatement, encodeStatement } from '../../../consensus/ledger/statement.ts';
import { threatOrganisationKey } from '../../../consensus/ledger/tables.ts';
import { reinstateObject } from '../../../consensus/ledger/threats/reinstate.ts';
import { encodeTrust, newTrust } from '../../../consensus/ledger/threats/trust/organisation-row.ts';
import { REVOKE_REASONS, readRevoke } from '../../../consensus/ledger/threats/types.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { parseNetwork } from '../../../gateway/address.ts';
import { Blocklist } from '../../../gateway/blocklist.ts';
import { NeverBlock } from '../../../gateway/never-block.ts';
import type { ThreatEntry } from '../../../gateway/threat-entry.ts';
import { ClinicAuthor } from '../../../node/clinic-author.ts';
import type { OutboxRecord } from '../../../node/outbox/record.ts';
import { ThreatActs, type ThreatActsModules } from '../../../node/threats/acts.ts';
import { LastingBlocks } from '../../../node/threats/lasting.ts';
import { START, TestLedger } from '../../consensus/ledger/fixture.ts';
import { dispute } from '../../consensus/ledger/threat-statements.ts';
import { entryOf, id } from '../../gateway/generators.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';
import { MemoryKeyValues } from '../../helpers/memory-key-values.ts';

const WEEK = 7 * 86_400_000;
const T = 2_000;
const logger = createLogger({ level: 'silent' });

/** Organisation 1's clinic, and what it said. */
function clinic({ outbox = [], ...limits }: { maxPerOrganisation?: number; outbox?: readonly OutboxRecord[] } = {}) {
  const listeners: Parameters<ThreatActsModules['threats']['onHit']>[0][] = [];
  const store = { broken: false };
  const clock = new ManualClock();
  const neverBlock = new NeverBlock({ documentationBlockable: true });
  const blocklist = new Blocklist({ blockInterval: T, threatMaxLife: WEEK, ...limits }, { neverBlock });
  const said: Statement[] = [];
  const lasting = new LastingBlocks(
    { maxLife: WEEK },
    {
      database: new MemoryKeyValues(),
      ...{ clock, logger },
      announce: (network, category) => acts.announce(network, category),
    },
  );
  const nobody = () => undefined;
  const acts = new ThreatActs(
    { organisation: 1, maxLife: WEEK },
    {
      ...{ lasting, blocklist, neverBlock, clock, logger },
      threats: {
        heed: async () => undefined,
        onConfirmed: nobody,
        onHit: (one) => void listeners.push(one),
        onRevoked: nobody,
      },
      keys: { sealing: () => ({ epoch: 1, key: new Uint8Array(32).fill(7) }) },
      author: new ClinicAuthor({ genesisId: new Uint8Array(32), clinic: 1 }, { clock }),
      outbox: {
        list: () => [...outbox],
        onChange: () => nobody,
        submit: async (made) => {
          said.push(...made.map(({ statement }) => decodeStatement(statement)));
          return [];
        },
      },
      store: {
        states: async (keys) => (store.broken ? Promise.reject(new Error('broken')) : keys.map(() => undefined)),
      } as ThreatActsModules['store'],
    },
  );
  const hit = async (entry: ThreatEntry) => {
    for (const one of listeners) await one(entry);
  };
  return { acts, hit, store, blocklist, neverBlock, lasting, clock, said };
}

describe('a block by hand', () => {
  it('is refused with a reason when the list has no room for it, and says nothing', async () => {
    const { acts, blocklist, said, clock } = clinic({ maxPerOrganisation: 2 });
    for (const n of [1, 2]) {
      const network = parseNetwork(`203.0.113.${n}`);
      blocklist.add(entryOf({ network, reportId: id(n), mode: 'manual', expires: clock.now() + WEEK }), clock.now());
    }
    const full = { type: { code: 'threat.full', limit: 2 } };
    await expect(acts.block('203.0.113.7', 'manual', undefined)).rejects.toMatchObject(full);
    await expect(acts.block('203.0.113.7', 'manual', 'lasting')).rejects.toMatchObject(full);
    expect(said).toEqual([]);
    blocklist.expire(clock.now() + WEEK);
    await acts.block('203.0.113.7', 'manual', undefined);
    expect(said).toHaveLength(1);
  });

  it('without an end is not announced again once nobody may block it', async () => {
    const { acts, neverBlock, lasting, clock, said } = clinic();
    await lasting.start();
    await acts.block('203.0.113.7', 'manual', 'lasting');
    expect(said).toHaveLength(1);
    neverBlock.setMembers(['203.0.113.0/28']);
    await clock.advanceAsync(WEEK);
    expect(said).toHaveLength(1);
    neverBlock.setMembers([]);
    await clock.advanceAsync(60_000);
    expect(said).toHaveLength(2);
    lasting.stop();
  });
});

it('a word for another organisation is said by the node itself, and the chain takes it', async () => {
  const { acts, said } = clinic();
  await acts.reinstate(2);
  expect(said).toMatchObject([{ kind: THREATS_REINSTATE, object: reinstateObject(2), version: 1 }]);
  const ledger = new TestLedger();
  ledger.state.write([[threatOrganisationKey(2), encodeTrust({ ...newTrust(START), stopped: true })]]);
  const issued = { issued: ledger.time };
  expect(ledger.apply(1, { ...said[0], ...issued }, 'gateway')).toMatchObject({ status: 'refused' });
  expect(ledger.apply(1, { ...said[0], ...issued })).toMatchObject({ status: 'applied' });
});

it('what nobody may block is disputed also where what was said of it too early is not said again', async () => {
  const report = id(7);
  const none = { attachment: undefined, transaction: undefined, validUntil: undefined, height: undefined };
  const outcome = { status: 'refused' as const, code: refusalCode('unknown-object'), entries: [] };
  const early: OutboxRecord = {
    ...{ ...none, order: 0, id: id(1), statement: encodeStatement(dispute(1, report)), role: 'gateway', made: START },
    ...{ state: 'done', outcome },
  };
  const { acts, hit, store, said } = clinic({ outbox: [early] });
  await acts.start();
  store.broken = true;
  const entry = entryOf({ network: parseNetwork('203.0.113.7'), reportId: report, organisation: 2 });
  await expect(hit(entry)).rejects.toThrow('broken');
  expect(said).toMatchObject([{ kind: THREATS_DISPUTE, object: report }]);
});

describe('an unblock', () => {
  it.each(REVOKE_REASONS)(
    'tells the chain its reason, %s, of each report of the own organisation alone',
    async (reason) => {
      const { acts, blocklist, said, clock } = clinic();
      const network = parseNetwork('203.0.113.7');
      for (const [number, organisation] of [
        [1, 1],
        [2, 2],
        [3, 1],
      ] as const) {
        const entry = { network, reportId: id(number), organisation, expires: clock.now() + WEEK };
        blocklist.add(entryOf({ ...entry, clinic: number }), clock.now());
      }
      await acts.unblock('203.0.113.7', reason);
      expect(said.map(({ payload }) => decodePayload(payload, readRevoke))).toEqual([reason, reason]);
      expect(said.map(({ object }) => object)).toEqual(expect.arrayContaining([id(1), id(3)]));
    },
  );
});
