import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { decodeElement, elementOf, publicOf, randomScalar } from '../../common/crypto/group.ts';
import { proveKnowledge } from '../../common/crypto/schnorr.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { codeOf } from '../../common/errors.ts';
import { CONSENT_COMMIT, CONSENT_REVOKE } from '../../consensus/ledger/kinds.ts';
import { PRODUCTION } from '../../consensus/params.ts';
import { emergencyTimes } from '../../node/emergency/assemble.ts';
import type { OpenEmergency } from '../../node/emergency/emergencies.ts';
import { MAX_ESCROWED_CHARTS, MAX_ESCROWED_EPOCHS } from '../../node/emergency/escrows.ts';
import { escrowPrefixes, readUntold, untoldPrefix } from '../../node/emergency/layout.ts';
import {
  decodeEmergencyAnswer,
  type EmergencyFault,
  encodeEmergencyAnswer,
  encodeEmergencyMessage,
} from '../../node/emergency/wire.ts';
import { encodeEscrow, makeEscrow, soundPoint } from '../../records/emergency/escrow.ts';
import { combinePartials, partialsOf } from '../../records/emergency/partials.ts';
import { type EmergencyRequest, signEmergency } from '../../records/emergency/request.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { filesWith, sealedForms } from '../store/shred-search.ts';
import { EmergencyClinics } from './clinics.ts';

const EMERGENCY_TIMES = emergencyTimes(PRODUCTION);
const HOME = 1;
const ASKING = 3;
const doctor = randomBytes(32);
const officer = randomBytes(32);

let clinics: EmergencyClinics;
let handle: Uint8Array;
let keys: { category: 'labs' | 'hiv'; epoch: number; key: Uint8Array }[];
let chart: Uint8Array;

beforeEach(async () => {
  clinics = await EmergencyClinics.found();
  clinics.roles.set(toHex(doctor), ['doctor']);
  handle = randomBytes(32);
  chart = randomBytes(32);
  keys = [
    { category: 'labs', epoch: 1, key: randomBytes(32) },
    { category: 'hiv', epoch: 2, key: randomBytes(32) },
  ];
  await clinics.at(HOME).escrows.keep(keys.map((one) => ({ ...one, clinic: HOME, chart, handle })));
  for (const { number } of clinics.members) await waitFor(async () => (await heldAt(number)) === 2);
});

afterEach(() => clinics.remove());

/** As `from` signs it, opened now. */
const requestBy = (from: number, change: Partial<EmergencyRequest> = {}): EmergencyRequest => {
  const opened = clinics.clock.now();
  return {
    ...{ salt: randomBytes(16), clinic: from, account: doctor, role: 'doctor', handle, reason: 'life-threat' },
    ...{ text: 'no pulse on arrival', factorAt: opened - 1, opened, ends: opened + EMERGENCY_TIMES.openMs, ...change },
  };
};

const heldAt = async (number: number) => (await clinics.at(number).escrows.ofPatient(handle)).length;

const wanted = (more: Partial<OpenEmergency> = {}): OpenEmergency => ({
  ...{ account: doctor, handle, reason: 'unconscious', text: 'found unconscious, no companion' },
  factorAt: clinics.clock.now() - 1_000,
  ...more,
});

const open = (more: Partial<OpenEmergency> = {}, at = ASKING) => clinics.at(at).emergencies.open(wanted(more));

async function refused(opening: Promise<unknown>): Promise<{ code: string | undefined; refused?: readonly string[] }> {
  const error = await opening.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const { type } = (error ?? {}) as { type?: { refused?: readonly string[] } };
  return { code: codeOf(error), ...(type?.refused === undefined ? {} : { refused: type.refused }) };
}

describe('an emergency', () => {
  test('opens a patient of a clinic that is down, in seconds, and tells whoever must know', async () => {
    await clinics.stop(HOME);
    const began = process.cpuUsage();
    const { emergency, keys: opened } = await open();
    // Of one processor for all of them, whatever else the machine does meanwhile.
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1_000).toBeLessThan(3_000);
    expect(
      opened.map(({ category, epoch, key }) => ({ category, epoch, key })).sort((a, b) => a.epoch - b.epoch),
    ).toEqual(keys);
    const asking = clinics.at(ASKING);
    expect(asking.emergencies.keysFor(doctor, handle)).toHaveLength(2);
    expect(asking.emergencies.keysFor(officer, handle)).toHaveLength(0);
    expect(asking.told.map(({ place }) => place)).toEqual(['opened-here']);
    expect(asking.audit.map(({ action, outcome }) => `${action} ${outcome}`)).toContain('emergency-open permitted');
    for (const helper of [2, 4]) {
      expect(clinics.at(helper).audit).toMatchObject([{ action: 'emergency-help', outcome: 'permitted' }]);
      expect(clinics.at(helper).emergencies.find(doctor, handle)).toBeDefined();
    }
    const [commit] = asking.statements;
    expect(commit).toMatchObject({ kind: CONSENT_COMMIT, object: emergency.object, version: 1 });
    // The home clinic hears of it when it is back, tells its own people, and begins new epochs once it is over.
    clinics.down.delete(HOME);
    const home = await clinics.start(HOME);
    asking.emergencies.look();
    await waitFor(() => home.told.length === 1);
    expect(home.told[0].place).toBe('own-chart');
    expect(home.rotated).toEqual([]);
    await asking.emergencies.close(emergency.object);
    await waitFor(() => home.rotated.length === 1);
    expect(home.rotated).toEqual([toHex(handle)]);
    expect(asking.statements.at(-1)).toMatchObject({ kind: CONSENT_REVOKE, object: emergency.object, version: 1 });
    expect(asking.emergencies.keysFor(doctor, handle)).toHaveLength(0);
  });

  test('ends by itself after two hours, also where nobody closes it', async () => {
    const { emergency } = await open();
    clinics.clock.advance(EMERGENCY_TIMES.openMs);
    await waitFor(() => {
      clinics.clock.advance(15_000);
      return clinics.at(HOME).rotated.length === 1;
    });
    expect(clinics.at(4).emergencies.find(doctor, handle)).toBeUndefined();
    expect((await refused(clinics.at(ASKING).emergencies.close(emergency.object))).code).toBe('emergency.ended');
  });

  test('is the same one when the person opens it again, after a restart too', async () => {
    const first = await open();
    await clinics.stop(ASKING);
    clinics.down.delete(ASKING);
    const again = await clinics.start(ASKING);
    expect(again.emergencies.keysFor(doctor, handle)).toHaveLength(0);
    const second = await open();
    expect(second.emergency.object).toEqual(first.emergency.object);
    expect(again.emergencies.keysFor(doctor, handle)).toHaveLength(2);
    // Its trace on the chain and its alarm were there before it was opened first.
    expect(again.statements).toEqual([]);
    expect(again.told).toEqual([]);
  });

  test('is not opened without its trace on the chain, and has one the next time', async () => {
    clinics.outboxFull.add(ASKING);
    await expect(open()).rejects.toThrow('outbox');
    const asking = clinics.at(ASKING);
    expect(asking.emergencies.list()).toEqual([]);
    expect(asking.emergencies.keysFor(doctor, handle)).toEqual([]);
    clinics.outboxFull.clear();
    const { emergency } = await open();
    expect(asking.statements).toMatchObject([{ kind: CONSENT_COMMIT, object: emergency.object }]);
    expect(asking.told).toMatchObject([{ place: 'opened-here' }]);
  });

  test('is told of until it is heard, once, by those who opened it and those whose patient it is', async () => {
    for (const number of [HOME, ASKING]) clinics.mute.add(number);
    await open();
    const [home, asking] = [clinics.at(HOME), clinics.at(ASKING)];
    await waitFor(() => home.emergencies.list().length === 1);
    expect([...home.told, ...asking.told]).toEqual([]);
    // Also after a restart.
    await clinics.stop(HOME);
    clinics.down.delete(HOME);
    clinics.mute.clear();
    const again = await clinics.start(HOME);
    asking.emergencies.look();
    await waitFor(() => again.told.length === 1 && asking.told.length === 1);
    for (const one of [again, asking]) one.emergencies.look();
    await open();
    expect(again.told.map(({ place }) => place)).toEqual(['own-chart']);
    expect(asking.told.map(({ place }) => place)).toEqual(['opened-here']);
  });

  test('gives its keys before everybody is told who must know of it', async () => {
    let go = (): void => undefined;
    clinics.slow.set(
      ASKING,
      new Promise((resolve) => {
        go = resolve;
      }),
    );
    const { keys: opened } = await open();
    expect(opened).toHaveLength(2);
    const asking = clinics.at(ASKING);
    expect(asking.told).toEqual([]);
    go();
    await waitFor(() => asking.told.length === 1);
  });

  test('is opened at each clinic at which the person works, also while one is open at another', async () => {
    const first = await open();
    const second = await open({}, 4);
    expect(second.emergency.object).not.toEqual(first.emergency.object);
    expect(second.emergency.signed.request.clinic).toBe(4);
    expect(clinics.at(4).emergencies.keysFor(doctor, handle)).toHaveLength(2);
    expect(clinics.at(4).told).toMatchObject([{ place: 'opened-here' }]);
  });

  test('opens nothing under an earlier key, and what its clinic made anew under the one in force', async () => {
    await clinics.stop(HOME);
    clinics.generate();
    const known = randomBytes(32);
    const name = { clinic: 2, chart: randomBytes(32), category: 'labs', epoch: 1 } as const;
    await clinics.at(2).escrows.keep([{ ...name, handle, key: known }]);
    for (const number of [3, 4]) await waitFor(async () => (await heldAt(number)) === 3);
    expect((await open()).keys).toMatchObject([{ clinic: 2, key: known }]);
    clinics.down.delete(HOME);
    const home = await clinics.start(HOME);
    await home.escrows.keep(keys.map((one) => ({ ...one, clinic: HOME, chart, handle })));
    await waitFor(async () => (await open()).keys.length === 3);
  });

  test('is refused without role, second factor or words, and where no clinic knows the patient', async () => {
    expect((await refused(open({ account: officer }))).code).toBe('emergency.role');
    expect((await refused(open({ factorAt: null }))).code).toBe('emergency.factor');
    expect((await refused(open({ factorAt: clinics.clock.now() - EMERGENCY_TIMES.factorMs - 1 }))).code).toBe(
      'emergency.factor',
    );
    expect((await refused(open({ text: '   urgent   ' }))).code).toBe('emergency.text');
    expect((await refused(open({ handle: randomBytes(32) }))).code).toBe('emergency.nothing');
    expect(clinics.at(ASKING).told).toHaveLength(1);
    const audited = clinics.at(ASKING).audit.filter(({ action }) => action === 'emergency-open');
    expect(audited.map(({ outcome, reason }) => `${outcome} ${reason}`)).toEqual([
      ...['refused role', 'refused factor', 'refused factor', 'refused text', 'permitted unconscious'],
    ]);
    expect(audited[0].request).toMatchObject({ account: officer, clinic: ASKING, handle, role: undefined });
  });

  test('blocks the next one of that person while its review is overdue, at every clinic', async () => {
    const { emergency } = await open();
    const asking = clinics.at(ASKING).emergencies;
    expect((await refused(asking.review(emergency.object, officer, 'justified', 'seen'))).code).toBe('emergency.ended');
    clinics.clock.advance(EMERGENCY_TIMES.reviewMs + 1);
    expect((await refused(open())).code).toBe('emergency.overdue');
    expect(clinics.at(ASKING).audit.at(-1)).toMatchObject({ outcome: 'refused', reason: 'overdue' });
    // Also a clinic that forgets its own emergencies finds no help.
    await clinics.stop(ASKING);
    clinics.at(ASKING).store.rows.clear();
    clinics.down.delete(ASKING);
    await clinics.start(ASKING);
    expect(await refused(open())).toEqual({ code: 'emergency.too-few', refused: ['overdue', 'overdue', 'overdue'] });
  });

  test('lasts as long, and is reviewed as soon, as the genesis of the network says', async () => {
    const [HALF_HOUR, DAY] = [1_800_000, 86_400_000];
    clinics.times = emergencyTimes({ ...PRODUCTION, emergencyOpen: HALF_HOUR, emergencyReview: DAY });
    for (const { number } of clinics.members) {
      await clinics.stop(number);
      clinics.down.delete(number);
      await clinics.start(number);
    }
    const { emergency } = await open();
    const { opened, ends } = emergency.signed.request;
    expect(ends - opened).toBe(HALF_HOUR);
    const asking = clinics.at(ASKING).emergencies;
    expect(asking.reviewDue(emergency)).toBe(opened + DAY);
    clinics.clock.advance(HALF_HOUR);
    expect(asking.keysFor(doctor, handle)).toHaveLength(0);
    clinics.clock.advance(DAY);
    expect((await refused(open())).code).toBe('emergency.overdue');
    // One clinic that goes by its own times finds no help.
    clinics.times = emergencyTimes(PRODUCTION);
    await clinics.stop(ASKING);
    clinics.down.delete(ASKING);
    await clinics.start(ASKING);
    expect(await refused(open())).toEqual({ code: 'emergency.too-few', refused: ['time', 'time', 'time'] });
  });

  test('is reviewed by somebody else, once, and then the next one opens', async () => {
    const { emergency } = await open();
    const asking = clinics.at(ASKING).emergencies;
    await asking.close(emergency.object);
    expect((await refused(asking.review(emergency.object, doctor, 'justified', 'mine'))).code).toBe('emergency.own');
    expect((await refused(clinics.at(4).emergencies.review(emergency.object, officer, 'justified', ''))).code).toBe(
      'emergency.unknown',
    );
    const reviewed = await asking.review(emergency.object, officer, 'unjustified', 'was awake');
    expect(reviewed.review?.verdict).toBe('unjustified');
    expect((await refused(asking.review(emergency.object, officer, 'justified', ''))).code).toBe('emergency.ended');
    await waitFor(() => [1, 2, 4].every((n) => clinics.at(n).emergencies.list()[0]?.review?.verdict === 'unjustified'));
    clinics.clock.advance(EMERGENCY_TIMES.reviewMs + 1);
    expect((await open()).keys).toHaveLength(2);
  });
});

describe('nobody alone', () => {
  test('opens anything: neither one clinic nor all clinics of one organisation, with everything they have', async () => {
    for (const number of [2, 3, 4]) clinics.down.add(number);
    expect((await refused(open({}, HOME))).code).toBe('emergency.too-few');
    clinics.down.clear();
    for (const number of [3, 4]) clinics.down.add(number);
    expect((await refused(open({}, 2))).code).toBe('emergency.too-few');
    // Their shares and their rows, with no rule of ours between.
    const escrows = await clinics.at(2).escrows.ofPatient(handle);
    const points = escrows.map((escrow) => soundPoint(escrow, clinics.genesisId) ?? expect.unreachable());
    const context = { genesisId: clinics.genesisId, object: randomBytes(32) };
    const holders = [1, 2].map((index) => ({
      index,
      partials: partialsOf(points, clinics.shareOf(index), points[0].bytes, context),
    }));
    for (const set of [holders, holders.slice(0, 1), [...holders, { ...holders[0], index: 3 }]]) {
      expect(() => combinePartials(escrows, set, clinics.genesisId)).toThrow();
    }
    clinics.down.clear();
  });

  test('spoils an opening: who answers wrongly is blamed and the others suffice', async () => {
    await clinics.stop(2);
    clinics.down.delete(2);
    await clinics.start(2, (bytes) => {
      const answer = decodeEmergencyAnswer(bytes);
      if (answer.type !== 'partials') return bytes;
      return encodeEmergencyAnswer({
        ...answer,
        helped: answer.helped.map((one) => ({ ...one, value: one.escrow.point })),
      });
    });
    const { keys: opened } = await open();
    expect(opened).toHaveLength(2);
    await waitFor(() => clinics.blamed.length > 0);
    expect(clinics.blamed[0].peer).toBe(clinics.peerOf(2));
  });

  test('is helped with a point of another patient, re-randomised or not, that it put into its own chart', async () => {
    const [victim] = await clinics.at(ASKING).escrows.ofPatient(handle);
    const mine = randomBytes(32);
    const name = { clinic: ASKING, chart: randomBytes(32), category: 'labs', epoch: 1 } as const;
    const made = makeEscrow(name, { genesisId: clinics.genesisId, publicKey: clinics.publicKey }, randomBytes(32));
    const theirs = decodeElement(victim.point, 'point').point;
    const points = [theirs, theirs.add(publicOf(randomScalar())), theirs.multiply(randomScalar())];
    const escrows = points.map((point, at) => ({
      handle: mine,
      escrow: { ...made, epoch: 1 + at, point: point.toBytes() },
    }));
    const message = encodeEmergencyMessage({ type: 'escrows', escrows });
    const emergency = signEmergency(
      requestBy(ASKING, { handle: mine }),
      clinics.genesisId,
      clinics.members[2].nodeSeed,
    );
    const help = encodeEmergencyMessage({ type: 'help', emergency });
    for (const to of [1, 2, 4]) {
      await clinics.ask(ASKING, to, message);
      expect(await clinics.at(to).escrows.ofPatient(mine)).toHaveLength(points.length);
      const answer = decodeEmergencyAnswer(await clinics.ask(ASKING, to, help));
      expect(answer).toEqual({ type: 'refused', fault: 'nothing' });
    }
    expect((await refused(open({ handle: mine }))).code).toBe('emergency.nothing');
    // Nor may anybody bring escrows of a chart of another clinic.
    const foreign = encodeEmergencyMessage({ type: 'escrows', escrows: [{ handle: mine, escrow: victim }] });
    await clinics.ask(ASKING, 4, foreign);
    expect(await clinics.at(4).escrows.ofPatient(mine)).toHaveLength(points.length);
  });

  test('shuts a patient up with an escrow that holds no key: the others open', async () => {
    // Any member may register any patient; its point and proof are sound, what it sealed is not.
    const name = { clinic: 2, chart: randomBytes(32), category: 'labs', epoch: 1 } as const;
    const { publicKey, genesisId } = clinics;
    const made = makeEscrow(name, { genesisId, publicKey }, randomBytes(32));
    const exponent = randomScalar();
    const point = elementOf(publicOf(exponent));
    const sealed = randomBytes(made.sealed.length);
    const named = encodeEscrow(made).subarray(0, 39);
    const proof = proveKnowledge(exponent, point, taggedHash('wardmesh/escrow/1', genesisId, named, publicKey, sealed));
    const bad = { ...made, point: point.bytes, sealed, proof };
    expect(soundPoint(bad, genesisId)).toBeDefined();
    const message = encodeEmergencyMessage({ type: 'escrows', escrows: [{ handle, escrow: bad }] });
    for (const to of [1, 3, 4]) await clinics.ask(2, to, message);
    expect((await open()).keys.map(({ clinic }) => clinic)).toEqual([HOME, HOME]);
  });

  test('crowds out what others have of a patient, whatever epochs it names', async () => {
    const name = { clinic: ASKING, chart: randomBytes(32), category: 'labs', epoch: 1 } as const;
    const made = makeEscrow(name, { genesisId: clinics.genesisId, publicKey: clinics.publicKey }, randomBytes(32));
    const escrows = Array.from({ length: 256 }, (_, n) => ({ handle, escrow: { ...made, epoch: 2 ** 32 - 1 - n } }));
    await clinics.ask(ASKING, 4, encodeEmergencyMessage({ type: 'escrows', escrows }));
    const first = (await clinics.at(4).escrows.ofPatient(handle)).slice(0, 4).map((one) => one.clinic);
    expect(first.sort()).toEqual([HOME, HOME, ASKING, ASKING]);
    const theirs = async () =>
      (await clinics.at(4).escrows.ofPatient(handle)).filter(({ clinic }) => clinic === ASKING);
    const newest = Array.from({ length: MAX_ESCROWED_EPOCHS }, (_, n) => 2 ** 32 - 1 - n);
    expect((await theirs()).map(({ epoch }) => epoch)).toEqual(newest);
    // Older ones find no place, a newer one displaces the oldest; nor do charts without end.
    const bring = (more: readonly (typeof made)[], of = handle) =>
      clinics.ask(
        ASKING,
        4,
        encodeEmergencyMessage({ type: 'escrows', escrows: more.map((escrow) => ({ handle: of, escrow })) }),
      );
    await bring([{ ...made, epoch: 7 }]);
    expect((await theirs()).map(({ epoch }) => epoch)).toEqual(newest);
    await bring(Array.from({ length: 200 }, () => ({ ...made, chart: randomBytes(32) })));
    expect(new Set((await theirs()).map((one) => toHex(one.chart))).size).toBe(MAX_ESCROWED_CHARTS);
    // Of whom the chain does not have there, nothing.
    const stranger = randomBytes(32);
    clinics.strangers.add(toHex(stranger));
    await expect(bring([made], stranger)).rejects.toMatchObject({ type: { reason: 'unknown-patient' } });
    expect(await clinics.at(4).escrows.ofPatient(stranger)).toEqual([]);
    const [known, both] = [randomBytes(32), { ...made, chart: randomBytes(32) }];
    const mixed = [stranger, known].map((of) => ({ handle: of, escrow: both }));
    await expect(
      clinics.ask(ASKING, 4, encodeEmergencyMessage({ type: 'escrows', escrows: mixed })),
    ).rejects.toMatchObject({ type: { reason: 'unknown-patient' } });
    expect(await clinics.at(4).escrows.ofPatient(known)).toHaveLength(1);
  });

  test('keeps a person of another clinic from opening one', async () => {
    const { nodeSeed } = clinics.members[1];
    const opened = clinics.clock.now() - EMERGENCY_TIMES.reviewMs - 60_000;
    const request = requestBy(2, { factorAt: opened, opened, ends: opened + 60_000 });
    const emergency = signEmergency(request, clinics.genesisId, nodeSeed);
    const notice = encodeEmergencyMessage({ type: 'notice', emergency, closed: opened + 1, review: undefined });
    for (const to of [1, 3, 4]) expect(decodeEmergencyAnswer(await clinics.ask(2, to, notice)).type).toBe('done');
    expect((await open()).keys).toHaveLength(2);
    expect((await refused(open({}, 2))).code).toBe('emergency.too-few');
  });

  test('is helped by forged, stale or borrowed requests', async () => {
    const { nodeSeed } = clinics.members[ASKING - 1];
    const now = clinics.clock.now();
    const good = requestBy(ASKING);
    type Fault = EmergencyFault | 'helped';
    const faultOf = async (change: Partial<EmergencyRequest>, seed = nodeSeed, from = ASKING): Promise<Fault> => {
      const emergency = signEmergency({ ...good, salt: randomBytes(16), ...change }, clinics.genesisId, seed);
      const answer = decodeEmergencyAnswer(
        await clinics.ask(from, 4, encodeEmergencyMessage({ type: 'help', emergency })),
      );
      return answer.type === 'refused' ? answer.fault : 'helped';
    };
    expect(await faultOf({}, nodeSeed, 2)).toBe('clinic');
    expect(await faultOf({}, randomBytes(32))).toBe('signature');
    expect(await faultOf({ ends: now + EMERGENCY_TIMES.openMs + 1 })).toBe('time');
    expect(await faultOf({ opened: now - 7_200_001, ends: now - 1, factorAt: now - 7_200_001 })).toBe('time');
    expect(await faultOf({ opened: now + 300_000, ends: now + 400_000, factorAt: now + 300_000 })).toBe('time');
    expect(await faultOf({ factorAt: now + 1 })).toBe('factor');
    expect(await faultOf({ factorAt: now - EMERGENCY_TIMES.factorMs - 1 })).toBe('factor');
    expect(await faultOf({ role: 'admin' })).toBe('role');
    expect(await faultOf({ role: 'nurse' })).toBe('role');
    expect(await faultOf({ account: officer })).toBe('role');
    expect(await faultOf({ text: 'urgent' })).toBe('text');
    expect(await faultOf({ handle: randomBytes(32) })).toBe('nothing');
    expect(await faultOf({})).toBe('helped');
    // Every refusal that was decided is written down like the help.
    expect(clinics.at(4).audit.filter(({ outcome }) => outcome === 'refused').length).toBe(11);
    const forged = signEmergency(good, clinics.genesisId, nodeSeed);
    const notice = encodeEmergencyMessage({ type: 'notice', emergency: forged, closed: 0, review: undefined });
    expect(decodeEmergencyAnswer(await clinics.ask(ASKING, 4, notice))).toEqual({ type: 'refused', fault: 'time' });
  });
});

test('what a chart drops is dropped at a clinic that was away, also when the one that dropped it restarts meanwhile', async () => {
  await clinics.stop(4);
  await clinics.at(HOME).escrows.drop({ clinic: HOME, chart, category: 'labs', below: 2 });
  await waitFor(async () => (await heldAt(2)) === 1 && (await heldAt(3)) === 1);
  await clinics.stop(HOME);
  for (const number of [HOME, 4]) {
    clinics.down.delete(number);
    await clinics.start(number);
  }
  expect(await heldAt(4)).toBe(2);
  clinics.at(HOME).escrows.send();
  await waitFor(async () => (await heldAt(4)) === 1);
  const owed = clinics.at(HOME).keys.range({ prefix: untoldPrefix() });
  await waitFor(async () => (await owed.next()).done === true);
});

test('of what a chart dropped the last word alone waits for a clinic that is away, and none for one that left', async () => {
  await clinics.stop(4);
  const { escrows, keys: rows } = clinics.at(HOME);
  const waiting = async () => {
    const found: [number, number][] = [];
    for await (const [key] of rows.range({ prefix: untoldPrefix() })) {
      const { below, to } = readUntold(key);
      found.push([below, to]);
    }
    return found;
  };
  for (const below of [2, 3, 4]) await escrows.drop({ clinic: HOME, chart, category: 'labs', below });
  await waitFor(async () => (await waiting()).length === 1);
  expect(await waiting()).toEqual([[4, 4]]);
  clinics.left.add(4);
  escrows.send();
  await waitFor(async () => (await waiting()).length === 0);
});

test('escrows of a chart are shredded with it: no file holds one, and nobody opens it any more', async () => {
  const shredded = { clinic: HOME, chart };
  for (const number of [2, 3, 4]) {
    const { keys: database, path, storageKey } = clinics.at(number);
    const rows: Uint8Array[] = [];
    for await (const [key] of database.range({ prefix: escrowPrefixes(shredded)[0] })) rows.push(key);
    expect(rows).toHaveLength(2);
    const { rows: sealed } = await sealedForms(path, storageKey, rows);
    await database.shred({ prefixes: escrowPrefixes(shredded) });
    expect(await filesWith(path, sealed)).toEqual([]);
  }
  clinics.down.add(HOME);
  expect((await refused(open())).code).toBe('emergency.nothing');
  clinics.down.delete(HOME);
});
