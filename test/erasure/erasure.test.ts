import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { concatBytes, toHex } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import { decodeErasureRow } from '../../consensus/ledger/keys/rows.ts';
import { encodeRecordRow } from '../../consensus/ledger/records/rows.ts';
import { erasureKey, recordKey } from '../../consensus/ledger/tables.ts';
import { putRow } from '../../node/charts/chart-store.ts';
import {
  CHART_TABLES,
  type ChartRef,
  chartOfKey,
  chartPrefix,
  chartPrefixes,
  packetPrefix,
  queueKey,
  requestKey,
  rowKey,
  vaultOfKey,
  vaultsKey,
} from '../../node/charts/layout.ts';
import { encodeKnown } from '../../node/charts/requests.ts';
import { encodeRowItem } from '../../node/charts/rows-wire.ts';
import { escrowPrefixes, patientChartKey } from '../../node/emergency/layout.ts';
import { decodeErasureMessage, decodeErasureReply, encodeErasureMessage } from '../../node/erasure/wire.ts';
import { decodeKeyRow, type KeyRow, makeKeyRow } from '../../records/chart/key-row.ts';
import {
  decodeCertificate,
  encodeCertificate,
  openAnswer,
  unanswered,
  verifyCertificate,
} from '../../records/erasure/answer.ts';
import { eraseApprove } from '../consensus/ledger/family-statements.ts';
import { accountOf, createAccount, type Person, person, RULES, START, setRole } from '../consensus/ledger/fixture.ts';
import { said } from '../consensus/ledger/refusals.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { manifest } from '../records/chart/generators.ts';
import { filesWith, sealedForms } from '../store/shred-search.ts';
import { ErasingClinics } from './clinics.ts';

const NOBODY = new Uint8Array(32);
const DAY = 86_400_000;
const officers = [person('oda'), person('omar')] as const;

let clinics: ErasingClinics;
let handle: Uint8Array;
let ref: ChartRef;
let other: ChartRef;

beforeEach(async () => {
  clinics = await ErasingClinics.found();
  for (const [n, officer] of officers.entries()) {
    clinics.ledger.apply(1, createAccount(officer));
    clinics.ledger.apply(1, setRole(accountOf(officer), 1, n === 0 ? 'privacy-officer' : 'admin', START + 300 * DAY));
  }
  handle = randomBytes(32);
  ref = { clinic: 1, chart: randomBytes(32) };
  other = { clinic: 1, chart: randomBytes(32) };
  clinics.charts.set(toHex(handle), ref.chart);
  for (const { number, keys } of clinics.running) {
    await keys.batch([...rowsOf(ref), ...rowsOf(other)].map((key) => ({ type: 'put', key, value: randomBytes(64) })));
    if (number !== 1) continue;
    const waiting = [ref, other].map(({ chart }, n) => ({
      type: 'put' as const,
      key: queueKey(2, n),
      value: encodeRowItem({ type: 'drop-epochs', chart, category: 'labs', below: 2 }),
    }));
    await keys.batch(waiting);
  }
});

afterEach(() => clinics.remove());

const rowsOf = (chart: ChartRef): Uint8Array[] => [
  ...[...chartPrefixes(chart), ...escrowPrefixes(chart)].map((prefix) => concatBytes(prefix, Uint8Array.of(7))),
  ...[chartOfKey(handle, chart.clinic), patientChartKey(handle, chart)],
];

const asked = { pid: 'pid1example', text: 'The patient asked for it', by: NOBODY };
const request = () => clinics.at(1).erasures.request({ ...asked, handle });

const approve = (erasure: Uint8Array, by: Person): string =>
  said(clinics.ledger.apply(1, eraseApprove(erasure, by, accountOf(by))));

async function approved(): Promise<Uint8Array> {
  const { object } = await request();
  for (const officer of officers) approve(object, officer);
  return object;
}

const lookEverywhere = () => clinics.at(1).erasures.look();
const approvedAt = (erasure: Uint8Array): number =>
  decodeErasureRow(clinics.ledger.state.get(erasureKey(erasure)) as Uint8Array).approved;
const codeFrom = (work: Promise<unknown>) => work.then(() => undefined, codeOf);

async function left(number: number, chart: ChartRef): Promise<number> {
  const { keys } = clinics.at(number);
  return (await keys.getMany(rowsOf(chart))).filter((row) => row !== undefined).length;
}

describe('an erasure', () => {
  test('leaves no file of any clinic with a row of the patient, and touches no other', async () => {
    const before = await Promise.all(
      clinics.running.map(({ path, storageKey }) => sealedForms(path, storageKey, rowsOf(ref).slice(0, -2))),
    );
    for (const [n, { rows }] of before.entries()) {
      expect((await filesWith(clinics.at(n + 1).path, rows)).length).toBeGreaterThan(0);
    }
    const object = await approved();
    lookEverywhere();
    await waitFor(async () => unanswered((await clinics.at(1).erasures.certificate(object)).value).length === 0);
    for (const { number, path, forgotten } of clinics.running) {
      expect(await left(number, ref)).toBe(0);
      expect(await left(number, other)).toBe(rowsOf(other).length - 1);
      expect(forgotten).toEqual([toHex(ref.chart)]);
      const { rows, generationKey } = before[number - 1];
      expect(await filesWith(path, [...rows, generationKey])).toEqual([]);
    }
    // What waited to be sent of it is gone too, and nothing else that waited.
    const waiting: Uint8Array[] = [];
    for await (const [key] of clinics.at(1).keys.range({ prefix: Uint8Array.of(CHART_TABLES.queue) }))
      waiting.push(key);
    expect(waiting).toEqual([queueKey(2, 1)]);
    const { isErased } = clinics.at(3);
    const until = approvedAt(object);
    expect(isErased({ ...ref, written: until })).toBe(true);
    // A patient who comes back begins anew, also before the last clinic has heard of it.
    expect(isErased({ ...ref, written: until + 1 })).toBe(false);
    expect(isErased({ ...other, written: START })).toBe(false);
    expect((await request()).object).not.toEqual(object);
    expect(new Set(clinics.outcomes)).toEqual(new Set(['applied']));
  });

  test('takes what was asked of the chart along, with its words, at its clinic and where it was asked, and no other', async () => {
    const asking = (writer: number, clinic: number, patient: Uint8Array) => {
      const by = { account: randomBytes(32), role: 'doctor', purpose: 'TREAT', delegate: randomBytes(32) } as const;
      const request = { writer, handle: patient, clinic, ...by, categories: ['labs'] as const, until: START + DAY };
      const known = { object: randomBytes(32), state: 'open', at: START, answer: undefined } as const;
      const value = encodeKnown({ ...known, request: { ...request, reason: 'She told me of her illness' } });
      return { type: 'put' as const, key: requestKey(known.object), value };
    };
    const hers = asking(1, 3, handle);
    // Of others, and of other clinics' charts of hers.
    const others = [asking(1, 3, randomBytes(32)), asking(4, 3, handle)];
    for (const number of [1, 3]) await clinics.at(number).keys.batch([hers, ...others]);
    const before = await Promise.all(
      [1, 3].map((number) => sealedForms(clinics.at(number).path, clinics.at(number).storageKey, [hers.key])),
    );
    const object = await approved();
    lookEverywhere();
    await waitFor(async () => unanswered((await clinics.at(1).erasures.certificate(object)).value).length === 0);
    for (const [n, number] of [1, 3].entries()) {
      const { keys, path } = clinics.at(number);
      expect(await keys.getMany([hers.key])).toEqual([undefined]);
      expect(await keys.getMany(others.map(({ key }) => key))).toEqual(others.map(({ value }) => value));
      expect(before[n].rows).toHaveLength(2);
      expect(await filesWith(path, before[n].rows)).toEqual([]);
    }
  });

  test('takes the vaults beside the chart along, of accounts that are hers no more as well, and no other', async () => {
    const vaults = [1, 2].map(() => ({ clinic: 1, chart: randomBytes(32) }));
    const strange = { clinic: 1, chart: randomBytes(32) };
    const filed = (of: ChartRef) => chartPrefixes(of).map((prefix) => concatBytes(prefix, Uint8Array.of(7)));
    const hers = [vaultOfKey(handle, 1), ...vaults.flatMap((one) => [vaultsKey(handle, one), ...filed(one)])];
    const others = [vaultsKey(randomBytes(32), strange), ...filed(strange)];
    for (const { keys } of clinics.running) {
      await keys.batch([...hers, ...others].map((key) => ({ type: 'put', key, value: randomBytes(64) })));
    }
    const before = await Promise.all(
      clinics.running.map(({ path, storageKey }) => sealedForms(path, storageKey, hers)),
    );
    const object = await approved();
    lookEverywhere();
    await waitFor(async () => unanswered((await clinics.at(1).erasures.certificate(object)).value).length === 0);
    for (const { number, path, keys } of clinics.running) {
      expect((await keys.getMany(hers)).filter((row) => row !== undefined)).toEqual([]);
      expect((await keys.getMany(others)).filter((row) => row === undefined)).toEqual([]);
      expect(before[number - 1].rows).toHaveLength(2 * hers.length);
      expect(await filesWith(path, before[number - 1].rows)).toEqual([]);
    }
  });

  test('waits for two persons, for the chain to be final and for clinics that are away', async () => {
    const { object } = await request();
    expect(approve(object, officers[0])).toBe('applied');
    expect(approve(object, officers[0])).toBe('already-applied');
    lookEverywhere();
    expect(await codeFrom(clinics.at(1).erasures.certificate(object))).toBe('erasure.not-now');
    expect(await left(1, ref)).toBeGreaterThan(0);
    clinics.final = false;
    expect(approve(object, officers[1])).toBe('applied');
    clinics.at(1).erasures.look();
    const shred = encodeErasureMessage({ type: 'shred', erasure: object, chart: ref.chart, handle });
    expect(decodeErasureReply(await clinics.ask(1, 3, shred))).toEqual({ type: 'wait' });
    expect(await left(3, ref)).toBeGreaterThan(0);
    clinics.final = true;
    clinics.down.add(4);
    lookEverywhere();
    await waitFor(async () => unanswered((await clinics.at(1).erasures.certificate(object)).value).length === 1);
    const signed = await clinics.at(1).erasures.certificate(object);
    expect(unanswered(signed.value)).toEqual([4]);
    expect(signed.value.approvers).toEqual(officers.map(accountOf));
    expect(await verifyCertificate(signed)).toBe(true);
    const polished = { ...signed.value, holders: signed.value.holders.slice(0, 3) };
    expect(await verifyCertificate({ ...signed, value: polished })).toBe(false);
    expect(await left(4, ref)).toBeGreaterThan(0);
    clinics.down.clear();
    lookEverywhere();
    await waitFor(async () => (await left(4, ref)) === 0);
  });

  test('is carried out again where a clinic was restored from before it, and said once', async () => {
    const object = await approved();
    lookEverywhere();
    await waitFor(async () => unanswered((await clinics.at(1).erasures.certificate(object)).value).length === 0);
    const outcomes = clinics.outcomes.length;
    const { state } = clinics.ledger;
    const [subject] = decodeErasureRow(state.get(erasureKey(object)) as Uint8Array).subjects;
    const record = randomBytes(32);
    const added = { created: randomBytes(32), latest: randomBytes(32), version: 1, live: true };
    const row = { ...added, clinic: 1, subject, commitment: randomBytes(32), account: undefined };
    state.write([[recordKey(record), encodeRecordRow(row)]]);

    const { erasures, keys, forgotten } = await clinics.restore(1);
    const rows = [...rowsOf(ref), ...rowsOf(other), rowKey(ref, record, 1)];
    await keys.batch(rows.map((key) => ({ type: 'put', key, value: randomBytes(64) })));
    const charts = [ref, other].map((chart) => ({ ...chart, handle }));
    await erasures.catchUp(
      keys,
      (async function* () {
        yield* charts;
      })(),
    );
    expect(forgotten).toEqual([toHex(ref.chart)]);
    expect(await left(1, ref)).toBe(0);
    expect(await left(1, other)).toBeGreaterThan(0);
    expect(clinics.at(1).isErased({ ...ref, written: START })).toBe(true);
    expect(clinics.outcomes).toHaveLength(outcomes);

    await clinics.restore(3);
    const nonce = randomBytes(16);
    const asks = encodeErasureMessage({ type: 'challenge', erasure: object, nonce });
    const reply = decodeErasureReply(await clinics.ask(1, 3, asks));
    expect(reply.type).toBe('answer');
    const answer = await clinics.at(1).erasures.challenge(object, 3);
    expect(answer).toMatchObject({ left: 0 });
    expect(answer.shredded).toBeGreaterThan(0);
  });

  test('and a hold are said by the next round where the outbox took them not, with the same bytes, once', async () => {
    const { erasures } = clinics.at(1);
    clinics.full.add(1);
    const { object } = await request();
    const held = await erasures.hold({ ...asked, handle });
    expect(await codeFrom(request())).toBe('erasure.exists');
    expect(await codeFrom(erasures.release(held.object, NOBODY))).toBe('erasure.not-now');
    expect(clinics.outcomes).toEqual([]);
    // The process ended too: all that is left is what is on the disk.
    const again = await clinics.restart(1);
    clinics.full.clear();
    again.erasures.look();
    await waitFor(() => clinics.outcomes.length === 2);
    again.erasures.look();
    await again.erasures.release(held.object, NOBODY);
    expect(officers.map((officer) => approve(object, officer))).toEqual(['applied', 'applied']);
    again.erasures.look();
    await waitFor(async () => unanswered((await again.erasures.certificate(object)).value).length === 0);
    expect(new Set(clinics.outcomes)).toEqual(new Set(['applied']));
  });

  test('that is interrupted finds the patient again, of whom nothing else here tells any more', async () => {
    const pids: string[] = [];
    clinics.forget = async (number, { pid }) => {
      if (number !== 1) return;
      pids.push(pid);
      if (pids.length === 1) throw new Error('the disk is full');
    };
    await approved();
    lookEverywhere();
    await waitFor(() => pids.length === 1);
    expect(await left(1, ref)).toBeGreaterThan(0);
    lookEverywhere();
    await waitFor(async () => (await left(1, ref)) === 0);
    expect(pids).toEqual([asked.pid, asked.pid]);
  });

  test('that fails is in the way of no other, is counted, and is carried out once nothing keeps it', async () => {
    const another = randomBytes(32);
    clinics.charts.set(toHex(another), other.chart);
    let broken = true;
    let tries = 0;
    clinics.forget = async (number, { chart }) => {
      if (number !== 1 || toHex(chart) !== toHex(other.chart)) return;
      tries++;
      if (broken) throw new Error('the disk is full');
    };
    const first = await approved();
    // Rounds go from the newest to the oldest.
    clinics.clock.advance(1_000);
    const { object: second } = await clinics.at(1).erasures.request({ ...asked, handle: another });
    for (const officer of officers) approve(second, officer);
    lookEverywhere();
    await waitFor(async () => unanswered((await clinics.at(1).erasures.certificate(first)).value).length === 0);
    expect(await left(1, other)).toBeGreaterThan(0);
    lookEverywhere();
    await waitFor(() => tries > 1);
    const counted = async () => {
      const [{ value }] =
        (await clinics.at(1).registry.getSingleMetric('wardmesh_erasure_failures_total')?.get())?.values ?? [];
      return value;
    };
    await waitFor(async () => (await counted()) === tries);
    broken = false;
    lookEverywhere();
    await waitFor(async () => unanswered((await clinics.at(1).erasures.certificate(second)).value).length === 0);
    expect(await counted()).toBe(tries - 1);
    // It is written down once of each, however often it was tried.
    expect(clinics.at(1).audit.filter(({ reason }) => reason === 'shredded')).toHaveLength(2);
    expect(new Set(clinics.outcomes)).toEqual(new Set(['applied']));
  });

  test('leaves what was written after it to whoever shreds late, with the keys of that alone', async () => {
    const signer = { genesisId: RULES.genesisId, seed: randomBytes(32) };
    const made = { manifest: fc.sample(manifest, 1)[0], salt: randomBytes(32), dataKey: randomBytes(32) };
    const row = (written: number, epoch: number) => {
      const name = { ...ref, handle, category: 'labs' as const, epoch, record: randomBytes(32) };
      const about = { ...name, version: 1, revision: 1, written, cid: '', size: 0 };
      return makeKeyRow(about, randomBytes(32), made, signer);
    };
    const filed = (of: KeyRow) => [
      putRow(of),
      {
        type: 'put' as const,
        key: concatBytes(packetPrefix(ref, 'labs', of.epoch), randomBytes(34)),
        value: randomBytes(9),
      },
    ];
    clinics.down.add(4);
    const object = await approved();
    const [early, late] = [row(approvedAt(object), 1), row(approvedAt(object) + 1, 2)];
    const { keys } = clinics.at(4);
    await keys.batch([...filed(early), ...filed(late)]);
    clinics.down.clear();
    lookEverywhere();
    await waitFor(async () => unanswered((await clinics.at(1).erasures.certificate(object)).value).length === 0);
    const kept: KeyRow[] = [];
    for await (const [, bytes] of keys.range({ prefix: chartPrefix('row', ref) })) kept.push(decodeKeyRow(bytes));
    expect(kept.map(({ record }) => record)).toEqual([late.record]);
    const packets: Uint8Array[] = [];
    for await (const [key] of keys.range({ prefix: chartPrefix('packet', ref) })) packets.push(key);
    expect(packets).toHaveLength(1);
    expect(packets[0].subarray(0, -34)).toEqual(packetPrefix(ref, 'labs', 2));
    expect(await keys.getMany([chartOfKey(handle, 1)])).not.toEqual([undefined]);
    expect(await clinics.at(1).erasures.challenge(object, 4)).toMatchObject({ left: 0 });
    await keys.batch([putRow(early)]);
    expect(await clinics.at(1).erasures.challenge(object, 4)).toMatchObject({ left: 1 });
  });

  test('is certified with the members of its approval, also those who left since', async () => {
    const object = await approved();
    clinics.membersThen = [1, 2, 3, 4, 9];
    lookEverywhere();
    const missing = async () => unanswered((await clinics.at(1).erasures.certificate(object)).value);
    await waitFor(async () => (await missing()).length === 1);
    expect(await missing()).toEqual([9]);
  });

  test('is refused while a hold keeps the records, and goes on when it is released', async () => {
    const { erasures } = clinics.at(1);
    const held = await erasures.hold({ ...asked, handle, text: 'A claim is pending' });
    expect(await codeFrom(request())).toBe('erasure.held');
    expect(clinics.at(1).audit.map(({ outcome, reason }) => `${reason} ${outcome}`)).toEqual([
      'hold permitted',
      'held refused',
    ]);
    await erasures.release(held.object, NOBODY);
    expect(await codeFrom(erasures.release(held.object, NOBODY))).toBe('erasure.not-now');
    const { object } = await request();
    expect(await codeFrom(request())).toBe('erasure.exists');
    // A hold that comes later stops the second approval.
    approve(object, officers[0]);
    await erasures.hold({ ...asked, handle });
    expect(approve(object, officers[1])).toBe('held');
    expect((await erasures.list()).map(({ known, held: isHeld }) => [known.kind, isHeld])).toContainEqual([
      'erasure',
      true,
    ]);
    expect(await left(1, ref)).toBeGreaterThan(0);
  });

  test('is approved with what a person signs, who has not approved it yet', async () => {
    const { object } = await request();
    const { erasures } = clinics.at(1);
    const [oda] = officers;
    const unsigned = await erasures.approval(object, accountOf(oda), oda.key);
    const outcome = clinics.ledger.apply(1, { ...unsigned, signature: new Uint8Array(64) });
    expect(outcome.status).toBe('applied');
    expect(await codeFrom(erasures.approval(object, accountOf(oda), oda.key))).toBe('erasure.not-now');
    expect(await codeFrom(erasures.request({ ...asked, handle: randomBytes(32) }))).toBe('erasure.nothing');
  });
});

describe('a clinic', () => {
  test('has no chart of another one shredded at its word', async () => {
    const object = await approved();
    const shred = encodeErasureMessage({ type: 'shred', erasure: object, chart: ref.chart, handle });
    // Clinic 2 passes the erasure of clinic 1 on as its own; clinic 4 makes one up.
    for (const from of [2, 3]) expect(decodeErasureReply(await clinics.ask(from, 4, shred)).type).toBe('wait');
    const forged = encodeErasureMessage({ type: 'shred', erasure: randomBytes(32), chart: ref.chart, handle });
    expect(decodeErasureReply(await clinics.ask(1, 4, forged)).type).toBe('wait');
    expect(await left(4, ref)).toBeGreaterThan(0);
  });

  test('shows to whoever asks what it has left, signed, for that question alone', async () => {
    const object = await approved();
    const { erasures } = clinics.at(3);
    expect(await erasures.challenge(object, 4)).toMatchObject({ clinic: 4, shredded: 0, left: 0 });
    lookEverywhere();
    await waitFor(async () => (await erasures.challenge(object, 4)).shredded > 0);
    expect(await erasures.challenge(object, 4)).toMatchObject({ clinic: 4, left: 0, removed: rowsOf(ref).length });
    // One that took rows in again behind everybody's back has to say so, or to sign that it has not.
    await clinics.at(4).keys.batch([{ type: 'put', key: rowsOf(ref)[0], value: randomBytes(64) }]);
    expect(await erasures.challenge(object, 4)).toMatchObject({ left: 1 });
    const nonce = randomBytes(16);
    const reply = decodeErasureReply(
      await clinics.ask(2, 4, encodeErasureMessage({ type: 'challenge', erasure: object, nonce })),
    );
    const signed = reply.type === 'answer' ? reply.signed : expect.unreachable();
    expect(await openAnswer(signed, randomBytes(32), randomBytes(32))).toBeUndefined();
    const altered = signed.slice();
    altered[altered.length - 70] ^= 1;
    expect(await openAnswer(altered, RULES.genesisId, randomBytes(32))).toBeUndefined();
  });
});

test('messages, answers and certificates decode to what was encoded, and nothing else decodes', () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const answered = fc.option(fc.record({ statement: bytes(32), removed: fc.nat(), time: fc.nat() }), {
    nil: undefined,
  });
  const certificate = fc.record({
    ...{ genesisId: bytes(32), erasure: bytes(32), clinic: fc.nat(0xffff), subjects: fc.nat(64) },
    ...{ approvers: fc.array(bytes(32), { maxLength: 3 }), approved: fc.nat(), made: fc.nat() },
    holders: fc.array(fc.record({ clinic: fc.nat(0xffff), answered }), { maxLength: 5 }),
  });
  fc.assert(
    fc.property(certificate, (made) => {
      expect(decodeCertificate(encodeCertificate(made))).toEqual(made);
    }),
    { numRuns: 40 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (wild) => {
      for (const again of [
        () => encodeCertificate(decodeCertificate(wild)),
        () => encodeErasureMessage(decodeErasureMessage(wild)),
      ]) {
        try {
          expect(again()).toEqual(wild);
        } catch (error) {
          expect(codeOf(error)).toMatch(/^codec\./);
        }
      }
    }),
    { numRuns: 100 },
  );
});
