// The record of accesses of two clinics over one ledger: what is written before anything is released, its anchors on the
// chain, proofs, and who is found to have served without logging.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signingKeyPair } from '#crypto';
import { equalBytes, fromHex, toHex } from '../../../common/bytes.ts';
import { createLogger } from '../../../common/logger.ts';
import { decodeStatement } from '../../../consensus/ledger/statement.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { founders } from '../../../consensus/member-set.ts';
import { formatPid, handleOf, type Pid } from '../../../identity/patient/pid.ts';
import { ClinicAccessEvents } from '../../../node/audit/access-events.ts';
import { ANCHOR_EVERY_MS, Anchors, anchorOf } from '../../../node/audit/anchors.ts';
import type { NewAccess } from '../../../node/audit/ports.ts';
import { serveAudit } from '../../../node/audit/serve.ts';
import { TicketWatch } from '../../../node/audit/ticket-watch.ts';
import { ClinicAuthor } from '../../../node/clinic-author.ts';
import type { NewStatement, Outbox } from '../../../node/outbox/outbox.ts';
import type { OutboxRecord } from '../../../node/outbox/record.ts';
import type { Patients } from '../../../node/patients/patients.ts';
import { auditService } from '../../../node/services/audit-service.ts';
import { LocalDatabase } from '../../../node/store/local-database.ts';
import { peerIdOf } from '../../../p2p/peer-id.ts';
import type { RequestHandler } from '../../../p2p/ports.ts';
import { ticketHash } from '../../../records/audit/event.ts';
import { decodeLeafProof, holds } from '../../../records/audit/leaf-proof.ts';
import { GENESIS, named, RULES, START, TestLedger } from '../../consensus/ledger/fixture.ts';
import { callContext } from '../../helpers/call-context.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';

const PIDS = ['anna', 'boris'].map((name) => formatPid(named(name, 20)));
const silent = createLogger({ level: 'silent' });
const keys = [1, 2, 3, 4].map((number) => signingKeyPair(named(`node seed ${number}`)));
const MEMBERS = founders({
  ...GENESIS,
  clinics: GENESIS.clinics.map((clinic, index) => ({ ...clinic, nodeKey: keys[index].publicKey })),
});
const members = { current: MEMBERS, senderEver: (key: Uint8Array) => MEMBERS.sender(key) };

/** What the outbox does, over the rules of the ledger alone: a block takes what waits. */
class Chain {
  readonly ledger = new TestLedger();
  private readonly records = new Map<string, OutboxRecord>();
  private readonly waiting: NewStatement[] = [];

  readonly store = {
    states: async (rawKeys: readonly Uint8Array[]) => rawKeys.map((key) => this.ledger.state.get(key)),
  };
  readonly outbox: Pick<Outbox, 'submit' | 'get'> = {
    submit: async (made) => {
      this.waiting.push(...made);
      for (const one of made) this.records.set(toHex(one.id), { ...one, state: 'pending' } as OutboxRecord);
      return [];
    },
    get: (id) => this.records.get(toHex(id)),
  };

  get statements(): Statement[] {
    return this.waiting.map(({ statement }) => decodeStatement(statement));
  }

  /** Never sent, as after a restored backup. */
  lose(): void {
    this.waiting.length = 0;
    this.records.clear();
  }

  block(): void {
    for (const { id, statement } of this.waiting.splice(0)) {
      const decoded = decodeStatement(statement);
      const clinic = decoded.author.type === 'clinic' ? decoded.author.clinic : 0;
      const outcome = this.ledger.apply(clinic, { ...decoded, issued: START });
      const record = this.records.get(toHex(id)) as OutboxRecord;
      Object.assign(record, { state: 'done', outcome });
    }
  }
}

describe('the record of accesses', () => {
  let folder: string;
  let clock: ManualClock;
  let chain: Chain;
  const open: LocalDatabase[] = [];
  const handlers = new Map<string, RequestHandler>();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audit-'));
    clock = new ManualClock();
    chain = new Chain();
    handlers.clear();
  });

  afterEach(async () => {
    for (const database of open.splice(0)) await database.close();
    await rm(folder, { recursive: true });
  });

  async function clinicAt(number: number) {
    const database = new LocalDatabase({ path: join(folder, `${number}`), name: 'access', key: named('key') });
    await database.open();
    open.push(database);
    return { ...(await partsOf(number, database)), database };
  }

  async function partsOf(number: number, database: LocalDatabase) {
    const key = keys[number - 1];
    const options = { genesisId: RULES.genesisId, clinic: number, tagKey: named(`tag ${number}`) };
    const events = new ClinicAccessEvents(options, { database, key: () => key, clock });
    const author = new ClinicAuthor({ genesisId: RULES.genesisId, clinic: number }, { clock });
    const { store, outbox } = chain;
    const common = { database, store, clock, logger: silent };
    const anchors = new Anchors({ events, outbox, author, isMember: () => true, ...common });
    const peerId = peerIdOf(key.publicKey);
    const request = (to: string, _protocol: string, bytes: Uint8Array) => {
      const handler = handlers.get(to);
      if (handler === undefined) throw new Error('not connected');
      return handler(peerId, bytes) as AsyncGenerator<Uint8Array>;
    };
    const watch = new TicketWatch({ genesisId: RULES.genesisId }, { network: { request }, members, ...common });
    serveAudit({ network: { serve: (_, handler) => handlers.set(peerId, handler) }, members, events, anchors });
    await events.start();
    await anchors.start();
    await watch.start();
    return { events, anchors, watch };
  }

  function access(given: Partial<NewAccess> = {}): NewAccess {
    return {
      action: 'read',
      outcome: 'permitted',
      reason: 'consent',
      reader: { account: named('dora'), roles: ['doctor'], clinic: 3 },
      handle: named('anna'),
      writer: 1,
      purpose: 'TREAT',
      grant: named('grant'),
      records: [named('record')],
      ...given,
    };
  }

  it('keeps permissions and refusals in order, newest first, by patient and by person, over a restart', async () => {
    const { events, database } = await clinicAt(1);
    await events.append(access());
    await events.append(access({ handle: named('boris'), outcome: 'refused', reason: 'no-consent' }));
    await Promise.all([1, 2, 3].map(() => events.append(access({ action: 'list', records: [] }))));
    expect((await events.list({}, 10)).events.map(({ event }) => event.number)).toEqual([5, 4, 3, 2, 1]);
    const { events: again } = await partsOf(1, database);
    expect((await again.append(access())).number).toBe(6);
    const ofAnna = await again.list({ handle: named('anna') }, 2);
    expect(ofAnna.events.map(({ event }) => event.number)).toEqual([6, 5]);
    expect(ofAnna.next).toBe(5);
    const rest = await again.list({ handle: named('anna') }, 9, ofAnna.next ?? 0);
    expect(rest.events.map(({ event }) => event.number)).toEqual([4, 3, 1]);
    expect(rest.events.at(-1)).toMatchObject({ handle: named('anna'), records: [named('record')] });
    const refused = await again.list({ outcome: 'refused' }, 9);
    expect(refused.events.map(({ event }) => event.reason)).toEqual(['no-consent']);
    expect((await again.list({ account: toHex(named('other')) }, 9)).events).toEqual([]);
  });

  it('shows nobody which patient and which records an event is about', async () => {
    const { events } = await clinicAt(1);
    await events.append(access());
    const kept = await events.get(1);
    const shown = Buffer.from(kept!.signed.bytes);
    for (const name of ['anna', 'record']) expect(shown.includes(Buffer.from(named(name)))).toBe(false);
  });

  it('anchors each minute after another clinic was served, else hourly, one anchor at a time', async () => {
    const { events, anchors } = await clinicAt(1);
    await events.append(access());
    await anchors.tick();
    expect(chain.statements).toHaveLength(1);
    await events.append(access());
    await anchors.tick();
    expect(chain.statements).toHaveLength(1);
    expect(anchors.anchoredTo).toBe(0);
    chain.block();
    await anchors.tick();
    expect(anchors.anchoredTo).toBe(1);
    expect(chain.statements).toHaveLength(1);
    chain.block();
    await anchors.tick();
    expect(anchors.anchoredTo).toBe(2);
    await events.append(access({ reader: { account: named('own'), roles: ['doctor'], clinic: 1 } }));
    await anchors.tick();
    expect(chain.statements).toHaveLength(0);
    clock.advance(3_600_000 - ANCHOR_EVERY_MS);
    await anchors.tick();
    expect(chain.statements).toHaveLength(0);
    clock.advance(2 * ANCHOR_EVERY_MS);
    await anchors.tick();
    expect(chain.statements).toHaveLength(1);
  });

  it('proves an event from the anchor that the chain has, and goes on where the chain is after a loss', async () => {
    const { events, anchors, database } = await clinicAt(1);
    for (let i = 0; i < 5; i++) await events.append(access());
    await anchors.tick();
    expect(await anchors.prove(3)).toBeUndefined();
    chain.lose();
    const again = await partsOf(1, database);
    await again.anchors.tick();
    chain.block();
    await again.events.append(access());
    await again.anchors.tick();
    chain.block();
    await again.anchors.tick();
    for (const number of [1, 3, 5, 6]) {
      const proof = await again.anchors.prove(number);
      const anchor = await anchorOf(chain.store, 1, proof!.first);
      expect(await holds(proof!, anchor!, RULES.genesisId)).toBe(true);
    }
    expect(await again.anchors.prove(7)).toBeUndefined();
  });

  it('shows at the doors who read what and why, writes down who looked, and gives disclosures of permissions alone', async () => {
    const { events, anchors, watch } = await clinicAt(1);
    const [anna] = PIDS;
    await events.append(access({ handle: handleOf(anna) }));
    await events.append(access({ handle: handleOf(anna), outcome: 'refused', reason: 'no-consent' }));
    await events.append(access({ handle: handleOf(PIDS[1]) }));
    const nothing = { row: undefined, pending: undefined, clinics: [] };
    const patients: Pick<Patients, 'find'> = { find: async (pid: Pid) => ({ pid, ...nothing }) };
    const views = { clinicName: (number: number) => `Clinic ${number}` };
    const account = toHex(named('olga'));
    const people = {
      index: { byAccount: (known: string) => (known === account ? { displayName: 'Olga Berg' } : undefined) },
    };
    const doors = auditService({ clinic: 1 }, { events, anchors, watch, patients, people, views });
    const session = { id: '', user: '', name: 'olga', factorAt: null, account, roles: ['privacy-officer'] as const };
    const context = callContext({ kind: 'session', session });
    const found = await doors.audit_events({ patient: anna, limit: 10 }, context);
    expect(found.events.map(({ action, outcome, reason }) => [action, outcome, reason])).toEqual([
      ['log-read', 'permitted', 'role'],
      ['read', 'refused', 'no-consent'],
      ['read', 'permitted', 'consent'],
    ]);
    expect(found.events[0]).toMatchObject({ account, who: 'Olga Berg', roles: ['privacy-officer'], clinic: 1 });
    expect(found.events[2]).toMatchObject({
      records: [toHex(named('record'))],
      clinicName: 'Clinic 3',
      who: null,
      anchored: false,
    });
    const read = await doors.audit_events({ patient: anna, area: 'reading', outcome: 'permitted', limit: 10 }, context);
    expect(read.events.map(({ action, reason }) => [action, reason])).toEqual([['read', 'consent']]);
    const { ndjson, lines } = await doors.audit_disclosures({ patient: anna, limit: 10 }, context);
    const resources = ndjson
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toBe(1);
    expect(resources).toMatchObject([{ resourceType: 'AuditEvent', action: 'R', outcome: '0' }]);
    await expect(doors.audit_proof({ event: 1 }, context)).rejects.toMatchObject({ code: 'audit.not-anchored' });
    await expect(doors.audit_proof({ event: 999 }, context)).rejects.toMatchObject({ code: 'audit.unknown-event' });
    await anchors.tick();
    chain.block();
    await anchors.tick();
    const { proof, first } = await doors.audit_proof({ event: 1 }, context);
    const anchor = await anchorOf(chain.store, 1, first);
    expect(await holds(decodeLeafProof(fromHex(proof)), anchor!, RULES.genesisId)).toBe(true);
    const all = await doors.audit_events({ limit: 100 }, context);
    expect(all.events.map(({ action }) => action).filter((action) => action === 'log-read')).toHaveLength(6);
    expect((await doors.audit_status({}, context)).anchored).toBeGreaterThan(0);
  });

  it('finds a clinic that served and did not log, and lets go of one that did', async () => {
    const custodian = await clinicAt(1);
    const reader = await clinicAt(3);
    const [good, hidden] = [ticketHash(named('ticket')), ticketHash(named('another ticket'))];
    await custodian.events.append(access({ ticket: good }));
    await reader.watch.served(good, 1);
    await reader.watch.served(hidden, 1);
    await custodian.anchors.tick();
    await reader.watch.tick();
    expect(reader.watch.waitingCount).toBe(2);
    clock.advance(3 * 60_000);
    await reader.watch.tick();
    expect(reader.watch.waitingCount).toBe(1);
    expect((await reader.watch.findings(9)).map(({ ticket, state }) => [toHex(ticket), state])).toEqual([
      [toHex(hidden), 'unlogged'],
    ]);
    chain.block();
    await custodian.anchors.tick();
    await reader.watch.tick();
    expect(reader.watch.waitingCount).toBe(0);
    expect(await reader.watch.findings(9)).toHaveLength(1);
  });

  it('finds a clinic that logs and never anchors, and tells no third clinic anything', async () => {
    const custodian = await clinicAt(1);
    const reader = await clinicAt(3);
    const other = await clinicAt(4);
    const ticket = ticketHash(named('ticket'));
    await custodian.events.append(access({ ticket }));
    await reader.watch.served(ticket, 1);
    await other.watch.served(ticket, 1);
    clock.advance(4 * 60_000);
    await reader.watch.tick();
    await other.watch.tick();
    expect(await reader.watch.findings(9)).toEqual([]);
    expect((await other.watch.findings(9)).map(({ state }) => state)).toEqual(['unlogged']);
    clock.advance(24 * 3_600_000);
    await reader.watch.tick();
    const [finding] = await reader.watch.findings(9);
    expect(finding).toMatchObject({ serving: 1, state: 'unlogged' });
    expect(equalBytes(finding.ticket, ticket)).toBe(true);
  });
});
