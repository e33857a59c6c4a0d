// Clinics that put together everything that they store, one fewer than a key takes: against the number of a patient whom none of
// them has looked up, and against the records of a patient whose ciphertext and escrows they hold. The same attempts with one
// disk more succeed, so that it is the missing share on which they fail.
import { ristretto255 } from '@noble/curves/ed25519.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hmacSha256, sha256 } from '#crypto';
import { concatBytes, toHex } from '../../common/bytes.ts';
import { decodeElement, decodeScalar, encodeScalar, type Point, times } from '../../common/crypto/group.ts';
import { oprfBlind, oprfEvaluate, oprfFinalize } from '../../common/crypto/oprf.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { patientKey } from '../../consensus/ledger/tables.ts';
import { documentInput, normaliseDocument } from '../../identity/patient/document.ts';
import { PatientIdentifiers } from '../../identity/patient/patient-identifiers.ts';
import { handleOf, type Pid, pidBytes } from '../../identity/patient/pid.ts';
import { SealedPidCache } from '../../identity/patient/pid-cache.ts';
import { restoreBackup } from '../../node/backup/restore.ts';
import { CLINICAL } from '../../node/clinical-namespaces.ts';
import { TABLE, tableKey } from '../../node/store/layout.ts';
import { type KeyRow, openDataKey } from '../../records/chart/key-row.ts';
import { type Escrow, openEscrow } from '../../records/emergency/escrow.ts';
import { decodePrefix, ENVELOPE_START, PREFIX_BYTES } from '../../records/envelope/layout.ts';
import { openEnvelope } from '../../records/envelope/open.ts';
import { sharesHeld } from '../helpers/ceremonies.ts';
import { Coalition, combinations, latin } from '../helpers/coalition.ts';
import { escrowsIn, handedOver, keyRows } from '../helpers/key-rows.ts';
import { localEvaluator } from '../helpers/local-evaluator.ts';
import { type Loot, lootOf, type Piece } from '../helpers/loot.ts';
import { madeUpPatients } from '../helpers/made-up-patients.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import { TraceSearch } from '../helpers/traces.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const slow = { timeoutMs: 6 * MINUTE, intervalMs: 300 };
const THRESHOLD = 3;
/** The clinic of the patient, which is no attacker; 1 and 2 are one organisation, 4 is another. */
const HOME = 3;
const ATTACKERS = [1, 2, 4];
const TWO_OF_THEM = [
  [1, 2],
  [1, 4],
  [2, 4],
] as const;
/** `unseen` is known at home alone; `seen` was looked up by clinic 4. */
const [unseen, seen, nobody] = madeUpPatients(3, 13);
const about = (one: typeof unseen) => ({ patient: one.number, country: 'US', type: 'ssn' });
const documentOf = ({ number }: typeof unseen) => ({ country: 'US', type: 'ssn', number });
const inputOf = (one: typeof unseen) => documentInput(normaliseDocument(documentOf(one)));
const WORD = 'Megalosaurus-bucklandii';
const resource = JSON.stringify({ resourceType: 'AllergyIntolerance', id: 'penicillin', code: { text: WORD } });

let net: TestNodes;
let pid: Pid;
let record: string;
const loots = new Map<number, Loot>();
const backups = new Map<number, readonly Piece[]>();

const loot = (...clinics: readonly number[]): Map<number, Loot> =>
  new Map(clinics.map((clinic) => [clinic, loots.get(clinic) as Loot]));
const together = (...clinics: readonly number[]): Coalition =>
  new Coalition(
    loot(...clinics),
    clinics.flatMap((clinic) => backups.get(clinic) ?? []),
  );

async function register(clinic: number, one: typeof unseen): Promise<Pid> {
  const { patients } = await net.client(clinic).call('patient_register', { patients: [{ resource: one.resource }] });
  // On the disk of every clinic, whose chain is searched later.
  for (const number of net.numbers) await net.applied(number, patients[0].statement);
  expect(patients[0].pid).toMatch(/^pid1/);
  return String(patients[0].pid);
}

const PURPOSES = ['identifier', 'emergency'] as const;

async function doctorAt(number: number): Promise<Portal> {
  const person = madeUp(net.founded.bundle.genesis, 'anna');
  const until = Date.now() + 24 * 60 * MINUTE;
  const { token } = await net.node(number).people.users.invite({ kind: 'staff', roles: ['doctor'], until, by: null });
  const portal = new Portal(net.clinic(number).url);
  await portal.call('account_register', registration(person, { token }));
  const hasRole = async () => {
    await signIn(portal, person);
    return (await portal.call('session_current')).session?.roles.includes('doctor');
  };
  await waitFor(hasRole, { ...slow, what: 'the role of the doctor' });
  return portal;
}

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 4, miners: [2] });
  await Promise.all(net.numbers.map((number) => net.start(number)));
  await waitFor(() => net.connected().then(() => true), { ...slow, what: 'the connections' });
  // Keys that nobody ever had whole.
  for (const purpose of PURPOSES) await net.client(1).call('ceremony_begin', { purpose, mode: 'generate' });
  for (const purpose of PURPOSES) await sharesHeld(net, { purpose, mode: 'generate' }, slow.timeoutMs);
  pid = await register(HOME, unseen);
  await register(4, seen);
  const doctor = await doctorAt(HOME);
  const { records } = await doctor.call('record_write', { ...about(unseen), records: [{ resource }] });
  record = records[0].record;
  // Escrows are everywhere, the row and the ciphertext at those who keep them.
  await handedOver(net, HOME, { record, escrowed: true });
  const archives = new Map<number, Uint8Array>();
  for (const number of [1, 2]) {
    const parts: Uint8Array[] = [];
    for await (const part of net.client(number).backup(true)) parts.push(part);
    archives.set(number, concatBytes(...parts));
  }
  await net.stop(HOME);
  await net.stop(4);
  // What they are asked in the ordinary way comes first.
  await expect(net.client(1).call('patient_get', about(unseen))).rejects.toMatchObject({
    code: 'identifier.unreachable',
  });
  for (const number of [1, 2]) await net.stop(number);
  for (const number of net.numbers) {
    const { directory, passphrase } = net.clinic(number);
    loots.set(number, await lootOf(directory, passphrase));
  }
  for (const [number, archive] of archives) {
    const { directory, passphrase } = net.clinic(number);
    const restored = `${directory}.restored`;
    const source = async function* () {
      yield archive;
    };
    await restoreBackup(source(), restored);
    backups.set(number, (await lootOf(restored, passphrase)).pieces);
  }
}, 25 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

/** Whether the chain on their disks has a patient of this identifier. */
function isRegistered(coalition: Coalition, candidate: Pid): boolean {
  const [{ rows }] = coalition.members.values();
  const wanted = latin(tableKey(TABLE.state, patientKey(handleOf(candidate))));
  return rows.get('chain')!.some(([key]) => latin(key) === wanted);
}

/** The patients among these whose number they can tell, by everything that may stand for the key. */
async function found(coalition: Coalition, among: readonly (typeof unseen)[]): Promise<string[]> {
  const { threshold, holders } = coalition.generation('identifier');
  const shares = [...coalition.shares('identifier').values()];
  const indexes = holders.map(({ clinic }) => clinic);
  const whole = coalition.secretOf('identifier');
  const secrets = whole === undefined ? new Set(combinations(shares, indexes, threshold)) : [whole];
  const known: string[] = [];
  for (const one of among) {
    for (const secret of secrets) {
      const identifiers = new PatientIdentifiers({}, { evaluator: localEvaluator(encodeScalar(secret)) });
      if (isRegistered(coalition, await identifiers.pidOf(documentOf(one)))) known.push(one.number);
    }
  }
  return known;
}

/** What a clinic remembers of whom it looked up, without any key: its own cache asked on its disk. */
async function remembered({ keys, rows }: Loot, publicKey: Uint8Array, one: typeof unseen): Promise<Pid | undefined> {
  const { storageKey } = keys;
  const cached = new Map(rows.get('clinical')!.map(([key, value]) => [latin(key), value]));
  const store = {
    get: async (key: Uint8Array) => cached.get(latin(concatBytes(CLINICAL.identifiers, key))),
    put: async () => {},
  };
  const evaluator = { mode: 'none', key: publicKey, evaluate: async () => [] };
  const cache = new SealedPidCache({ storageKey }, { store });
  return new PatientIdentifiers({ storageKey }, { evaluator, cache }).knownPid(documentOf(one));
}

/** The base of a number's evaluation: what it hashes to in the group. */
function baseOf(one: typeof unseen): Point {
  const { blind, blinded } = oprfBlind(inputOf(one));
  const { Fn } = ristretto255.Point;
  return times(decodeElement(blinded).point, Fn.inv(decodeScalar(blind)));
}

describe('all but one of the clinics that an identifier takes, with all their disks', { timeout: 10 * MINUTE }, () => {
  it('have what they are to try with: open databases, chain, keystores, backups', () => {
    for (const number of ATTACKERS) {
      const { rows, pieces, keys } = loots.get(number) as Loot;
      expect([...rows.keys()]).toEqual(expect.arrayContaining(['chain', 'clinical', 'outbox', 'people', 'access']));
      expect(rows.get('chain')!.length).toBeGreaterThan(100);
      expect(pieces.some(({ where }) => where === 'security log')).toBe(true);
      // Of a generation before too, where a step took longer than its blocks and another ceremony was begun.
      expect([...new Set(keys.shares.map(({ purpose }) => purpose))].sort()).toEqual(['emergency', 'identifier']);
    }
    for (const pieces of backups.values()) expect(pieces.length).toBeGreaterThan(100);
    const { genesis } = net.founded.bundle;
    const key = together(1, 2).generation('identifier');
    expect(key).toMatchObject({ threshold: THRESHOLD, origin: THRESHOLD });
    expect(toHex(key.publicKey)).not.toBe(toHex(genesis.identifierKey));
  });

  it.each(TWO_OF_THEM)(
    'property 5: privacy preservation: clinics %i and %i test no number of a patient whom neither has looked up',
    async (...two) => {
      const coalition = together(...two);
      expect(coalition.secretOf('identifier')).toBeUndefined();
      expect(await found(coalition, [nobody, unseen])).toEqual([]);
      const { publicKey } = coalition.generation('identifier');
      for (const clinic of two) expect(await remembered(loots.get(clinic) as Loot, publicKey, unseen)).toBeUndefined();
    },
  );

  it('property 5: privacy preservation: no element on their disks is, or completes, the evaluation of that number', () => {
    const secret = together(...ATTACKERS).secretOf('identifier')!;
    const base = baseOf(unseen);
    const wanted = times(base, secret);
    for (const two of TWO_OF_THEM) expect(together(...two).hasPointFor('identifier', base, wanted)).toBe(false);
    // Had any of them kept what another clinic answered, it would be found.
    const [, share] = [...together(HOME).shares('identifier')][0];
    for (const kept of [wanted, times(base, share)]) {
      const bytes = concatBytes(new Uint8Array(7), kept.toBytes(), new Uint8Array(5));
      const keeping = new Coalition(loot(1, 2), [{ where: 'kept', bytes }]);
      expect(keeping.hasPointFor('identifier', base, wanted)).toBe(true);
    }
  });

  it('property 5: privacy preservation: nothing that the number leads to stands there, under any of their keys', async () => {
    const all = together(...ATTACKERS);
    const input = inputOf(unseen);
    const secret = encodeScalar(all.secretOf('identifier')!);
    const { blind, blinded } = oprfBlind(input);
    const digits = unseen.number.replaceAll('-', '');
    const search = new TraceSearch();
    for (const text of [unseen.number, digits, pid]) search.add(text);
    search.add(input, 'the normalised number');
    search.add(pidBytes(pid), 'the identifier');
    search.add(oprfFinalize(input, blind, oprfEvaluate(secret, blinded)), 'the output');
    search.add(secret, 'the whole key');
    const texts = [unseen.number, digits].map((text) => new TextEncoder().encode(text));
    const fields = ATTACKERS.flatMap((clinic) => {
      const { seeds, storageKey, shares } = (loots.get(clinic) as Loot).keys;
      return [storageKey, ...Object.values(seeds), ...shares.map((share) => share.secret)];
    });
    for (const text of [...texts, input]) {
      search.add(sha256(text).subarray(0, 16), 'a hash of the number');
      for (const key of fields) search.add(hmacSha256(key, text).subarray(0, 16), 'a keyed hash of the number');
    }
    const traces = (pieces: readonly Piece[]) => pieces.flatMap(({ bytes, where }) => search.in(bytes, where));
    expect(traces(all.pieces)).toEqual([]);
    // At home, where it was looked up, it is there.
    expect(traces(together(HOME).pieces).map(({ value }) => value)).toEqual(
      expect.arrayContaining([unseen.number, pid]),
    );
    const { publicKey } = all.generation('identifier');
    expect(await remembered(loots.get(HOME) as Loot, publicKey, unseen)).toBe(pid);
    expect(await remembered(loots.get(4) as Loot, publicKey, seen)).toMatch(/^pid1/);
  });

  it('fail for want of one share: with it on one more disk, known as one or not, the number is found', async () => {
    expect(await found(together(...ATTACKERS), [nobody, unseen])).toEqual([unseen.number]);
    const pieces = (loots.get(4) as Loot).pieces;
    expect(await found(new Coalition(loot(1, 2), pieces), [nobody, unseen])).toEqual([unseen.number]);
  });
});

describe('all clinics of one organisation, with all their disks', { timeout: 10 * MINUTE }, () => {
  const id = () => genesisId(net.founded.bundle.genesis);

  interface Held {
    readonly escrow: Escrow;
    readonly row: KeyRow;
    readonly envelope: Uint8Array;
  }

  /** Of the patient's record: the escrow, a row and the ciphertext, wherever in their hands. */
  function heldBy(coalition: Coalition): Held {
    const rows = [...coalition.members.values()].flatMap((loot) =>
      [...loot.rows].filter(([name]) => name.startsWith('keys/')).flatMap(([, all]) => all),
    );
    const row = keyRows(rows).find((one) => toHex(one.record) === record) ?? expect.unreachable('no row');
    const escrow = escrowsIn(rows, HOME).find(
      ({ category, epoch }) => category === row.category && epoch === row.epoch,
    );
    const blobs = coalition.pieces.filter(({ where }) => where.includes(row.cid));
    const start = latin(ENVELOPE_START);
    const envelope = blobs.find(({ bytes }) => latin(bytes.subarray(0, ENVELOPE_START.length)) === start);
    return { escrow: escrow ?? expect.unreachable(), row, envelope: (envelope ?? expect.unreachable()).bytes };
  }

  function opened<T>(open: () => T): T | undefined {
    try {
      return open();
    } catch {
      return undefined;
    }
  }

  /** A key of the category, by everything that may open its escrow or be it. */
  function categoryKey(coalition: Coalition, { escrow, row }: Held): Uint8Array | undefined {
    const { threshold, holders } = coalition.generation('emergency');
    const point = decodeElement(escrow.point).point;
    const indexes = holders.map(({ clinic }) => clinic);
    const secret = coalition.secretOf('emergency');
    const secrets = secret === undefined ? combinations(coalition.scalars(), indexes, threshold) : [secret];
    for (const one of secrets) {
      const key = one === 0n ? undefined : opened(() => openEscrow(escrow, times(point, one), id()));
      if (key !== undefined) return key;
    }
    for (const window of coalition.windows()) if (opened(() => openDataKey(row, window)) !== undefined) return window;
    return undefined;
  }

  it('open no escrow of a patient whose escrow, row and ciphertext they hold, and none of the ciphertext', () => {
    const coalition = together(1, 2);
    const held = heldBy(coalition);
    expect(coalition.secretOf('emergency')).toBeUndefined();
    expect(categoryKey(coalition, held)).toBeUndefined();
    const point = decodeElement(held.escrow.point).point;
    const shared = times(point, together(...ATTACKERS).secretOf('emergency')!);
    expect(coalition.hasPointFor('emergency', point, shared)).toBe(false);
    const prefix = held.envelope.subarray(0, PREFIX_BYTES);
    for (const window of coalition.windows()) expect(opened(() => decodePrefix(window, prefix))).toBeUndefined();
  });

  it('open it with one clinic of another organisation, and read', async () => {
    const coalition = together(1, 2, 4);
    const held = heldBy(coalition);
    const key = categoryKey(coalition, held) ?? expect.unreachable('no key');
    const { content } = await openEnvelope(
      openDataKey(held.row, key),
      (async function* () {
        yield held.envelope;
      })(),
    );
    const parts: Uint8Array[] = [];
    for await (const part of content) parts.push(part.slice());
    expect(Buffer.from(concatBytes(...parts)).toString()).toContain(WORD);
    // The key lies open where it was made, so that a look through every 32 bytes of a disk does find one.
    const atHome = categoryKey(new Coalition(loot(1, 2), (loots.get(HOME) as Loot).pieces), held);
    expect(atHome && toHex(atHome)).toBe(toHex(key));
  });
});
