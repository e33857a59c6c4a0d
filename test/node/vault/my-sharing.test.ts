// What a patient's word may end at her clinic, and what one word can do that comes twice at once.
import { afterEach, expect, it } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { equalBytes } from '../../../common/bytes.ts';
import type { NewAccess } from '../../../node/audit/ports.ts';
import { ChartError } from '../../../node/charts/errors.ts';
import { RepresentativeError } from '../../../node/representatives/errors.ts';
import type { DoneBy } from '../../../node/vault/acting.ts';
import { MySharing } from '../../../node/vault/my-sharing.ts';
import type { AttachedPatient } from '../../../node/vault/patient-accounts.ts';
import { MAX_WORDS, PatientWords } from '../../../node/vault/patient-words.ts';
import { APPLICATION_KEY_BYTES, applicationId } from '../../../records/consent/application.ts';
import { ORGANISATION_RULE_OFF } from '../../../records/consent/terms.ts';
import { isLifting } from '../../../records/vault/held-terms.ts';
import {
  decodeWord,
  encodeWord,
  NOTHING_ASKED,
  type PatientAct,
  type SharedTerms,
  signWord,
} from '../../../records/vault/word.ts';
import { MemoryKeyValues } from '../../helpers/memory-key-values.ts';

const NOW = 1_800_000_000_000;
const genesisId = randomBytes(32);
const device = signingKeyPair(randomBytes(32));
const patient: AttachedPatient = { account: randomBytes(32), pid: 'p', handle: randomBytes(32) };
const terms: SharedTerms = {
  actor: { kind: 'clinic', clinic: 1 },
  categories: ['labs'],
  purposes: ['TREAT'],
  until: NOW + 1000,
};

/** Of the clinic that takes something back. */
const STAFF: DoneBy = {
  reader: { account: randomBytes(32), roles: ['reception'], clinic: 1 },
  ...{
    outcome: 'permitted',
    reason: 'custody',
    handle: patient.handle,
    writer: 1,
    purpose: 'HOPERAT',
    grant: undefined,
  },
};

/** Who took over: nobody, or whose key this is. */
let authority: { readonly takeOver: Uint8Array; readonly key: Uint8Array } | undefined;
const holder = { takeOver: randomBytes(32), ...signingKeyPair(randomBytes(32)) };
/** Whether somebody else takes over between a word and what it gives. */
let meanwhile = false;
afterEach(() => {
  authority = undefined;
  meanwhile = false;
});

function clinic(still: (patient: AttachedPatient) => Promise<AttachedPatient> = async (same) => same) {
  const known: ReturnType<typeof consentOf>[] = [];
  const ended: Uint8Array[] = [];
  const logged: NewAccess[] = [];
  const rules: boolean[] = [];
  const request = {
    handle: patient.handle,
    account: randomBytes(32),
    categories: ['labs'],
    purpose: 'TREAT',
    until: 1,
  };
  let open = true;
  const words = new PatientWords({ store: new MemoryKeyValues() });
  const sharing = new MySharing(
    { clinic: 1, genesisId },
    {
      words,
      charts: {
        takenOver: { of: async () => authority },
        ofHandle: async () => (known.length === 0 ? undefined : {}),
        granting: {
          list: async () => known,
          organisationRule: async (_: unknown, on: boolean) => {
            rules.push(on);
            const off = known.filter(({ terms }) => terms.policy === ORGANISATION_RULE_OFF);
            if (on) known.splice(0, known.length, ...known.filter((one) => !off.includes(one)));
            if (on || off.length > 0) return on ? off.map(({ object }) => ({ consent: object })) : [];
            const object = randomBytes(32);
            known.push(consentOf(object, 'deny', ORGANISATION_RULE_OFF));
            return [{ consent: object }];
          },
          revoke: async (object: Uint8Array) => {
            ended.push(object);
            for (const one of known) if (equalBytes(one.object, object)) one.status = 'revoked';
          },
          giveHeld: async (_: unknown, { word }: { word: Uint8Array }) => {
            const object = randomBytes(32);
            const { act } = decodeWord(word);
            if (meanwhile) throw new ChartError({ code: 'consent.taken-over' });
            const policy = act === 'branches-off' ? ORGANISATION_RULE_OFF : '';
            const given = consentOf(object, act === 'share' ? 'permit' : 'deny', policy);
            known.push({ ...given, terms: { ...given.terms, grantor: { kind: 'take-over', word } } });
            return { consent: object };
          },
          lift: async (_: unknown, { word }: { word: Uint8Array }) =>
            known
              .filter(({ object, terms }) => isLifting(decodeWord(word), object, terms as never))
              .map(({ object }) => ({ consent: object })),
          give: async () => {
            if (meanwhile) throw new ChartError({ code: 'consent.taken-over' });
            const object = randomBytes(32);
            known.push(consentOf(object, 'permit'));
            return { consent: object };
          },
        },
        writing: { ref: () => ({}) },
        requests: {
          open: async () => (open ? { request } : Promise.reject(new Error('answered'))),
          answered: async () => {
            open = false;
          },
        },
      } as never,
      vault: { ref: () => ({}), due: async () => [], packetsFor: async () => [] } as never,
      consents: {
        give: async () => {
          const object = randomBytes(32);
          const given = consentOf(object, 'permit');
          known.push({ ...given, terms: { ...given.terms, grantor: { kind: 'patient' } } });
          return object;
        },
      } as never,
      members: { current: { clinic: () => ({ organisation: 1 }), clinicsOf: () => [1, 2] } } as never,
      log: { append: async (access: NewAccess) => void logged.push(access) } as never,
      clock: { now: () => NOW },
      isDevice: async (key) => equalBytes(key, device.publicKey),
      clinicsOf: async () => [1],
      still,
    },
  );
  return { sharing, known, ended, rules, logged, words };
}

function consentOf(object: Uint8Array, effect: 'permit' | 'deny', policy = '') {
  const provision = { effect, actors: [], purposes: [], data: { categories: [] } };
  return {
    object,
    status: 'active',
    ends: NOW + 1000,
    terms: { grantor: { kind: 'custody' } as object, givenAt: NOW - 1, policy, provision },
  };
}

function said(act: PatientAct, about: Uint8Array, shared?: SharedTerms, by: AttachedPatient = patient, at = NOW) {
  const of = by.acting === undefined ? undefined : by.handle;
  const word = encodeWord({ act, clinic: 1, account: by.account, about, terms: shared, at, patient: of });
  return { key: device.publicKey, at, signature: signWord(word, genesisId, device.seed) };
}

/** By the key of whoever took over. */
function heldWord(act: PatientAct, about: Uint8Array, shared?: SharedTerms, key = holder) {
  const by = { patient: patient.handle, takeOver: key.takeOver };
  const word = encodeWord({ act, clinic: 1, account: patient.account, about, terms: shared, at: NOW, ...by });
  return { key: key.publicKey, at: NOW, signature: signWord(word, genesisId, key.seed) };
}

it('before anybody took over no such key decides, and a device shuts nobody out', async () => {
  const { sharing, known, logged } = clinic();
  const refused = { code: 'me.word' };
  await expect(sharing.share(patient, terms, heldWord('share', NOTHING_ASKED, terms), undefined)).rejects.toMatchObject(
    refused,
  );
  await expect(sharing.deny(patient, terms, said('deny', NOTHING_ASKED, terms))).rejects.toMatchObject(refused);
  expect(known).toEqual([]);
  expect(logged.map(({ action, outcome, reason }) => [action, outcome, reason])).toEqual([
    ['grant', 'refused', 'word'],
    ['deny', 'refused', 'word'],
  ]);
});

it('every word that is wrong is written down as what it would have done', async () => {
  const { sharing, known, logged } = clinic();
  const wrong = { ...said('share', NOTHING_ASKED), signature: new Uint8Array(64) };
  const request = randomBytes(32);
  const permit = consentOf(randomBytes(32), 'permit');
  known.push(permit);
  const all = [
    () => sharing.answer(patient, request, true, wrong, undefined),
    () => sharing.answer(patient, request, false, wrong, undefined),
    () => sharing.setBranches(patient, true, wrong),
    () => sharing.setBranches(patient, false, wrong),
    () => sharing.stop(patient, permit.object, wrong),
  ];
  for (const one of all) await expect(one()).rejects.toMatchObject({ code: 'me.word' });
  expect(logged.map(({ action, outcome, reason }) => `${action} ${outcome} ${reason}`)).toEqual(
    ['grant', 'deny', 'revoke', 'deny', 'revoke'].map((action) => `${action} refused word`),
  );
  // About who acts for her it is written down where that is asked.
  await expect(sharing.word(patient, 'delegate', request, undefined, wrong)).rejects.toMatchObject({ code: 'me.word' });
  expect(logged).toHaveLength(all.length);
});

it('an application is let in with every scope that it may have; of what no word holds nothing is given', async () => {
  const { sharing, known } = clinic();
  const id = applicationId(2, randomBytes(APPLICATION_KEY_BYTES));
  const scopes = Array.from(
    { length: 32 },
    (_, n) => `patient/MedicationRequest${'x'.repeat(n % 16)}.${n < 16 ? 'r' : 's'}`,
  );
  const wide: SharedTerms = { ...terms, actor: { kind: 'application', id, scopes } };
  const share = await sharing.share(patient, wide, said('share', NOTHING_ASKED, wide), undefined);
  expect((await sharing.shares(patient)).find((one) => equalBytes(one.share, share))?.by).toBe('patient');
  const given = known.length;
  const longer = scopes.map((one) => `${one}?category=${'c'.repeat(60)}`);
  const long: SharedTerms = { ...wide, actor: { kind: 'application', id, scopes: longer } };
  const word = said('share', NOTHING_ASKED, wide);
  await expect(sharing.share(patient, long, word, undefined)).rejects.toMatchObject({ code: 'me.word' });
  expect(known).toHaveLength(given);
});

it('what is refused since somebody took over meanwhile is written down as what is refused at once', async () => {
  const { sharing, known, logged } = clinic();
  meanwhile = true;
  const refused = { code: 'consent.taken-over' };
  const far: SharedTerms = { ...terms, actor: { kind: 'clinic', clinic: 2 } };
  const byDevice = said('share', NOTHING_ASKED, far);
  await expect(sharing.share(patient, far, byDevice, undefined)).rejects.toMatchObject(refused);
  authority = { takeOver: holder.takeOver, key: holder.publicKey };
  await expect(sharing.deny(patient, terms, heldWord('deny', NOTHING_ASKED, terms))).rejects.toMatchObject(refused);
  expect([known.length, logged.map(({ action, reason }) => `${action} ${reason}`)]).toEqual([
    0,
    ['grant taken-over', 'deny taken-over'],
  ]);
});

it('what her key shut it lets in again, also where her device said the same since', async () => {
  const { sharing } = clinic();
  authority = { takeOver: holder.takeOver, key: holder.publicKey };
  await sharing.setBranches(patient, false, heldWord('branches-off', NOTHING_ASKED));
  const [{ share }] = await sharing.shares(patient);
  for (const at of [NOW, NOW + 1]) {
    await sharing.setBranches(patient, false, said('branches-off', NOTHING_ASKED, undefined, patient, at));
  }
  expect(await sharing.shares(patient)).toMatchObject([{ share, by: 'take-over' }]);
  expect(await sharing.stop(patient, share, heldWord('lift', share))).toMatchObject({ whole: true });
});

it('once somebody took over her key alone lets others in, a device what lets nobody in, and refusals are written down', async () => {
  const { sharing, known, ended, logged } = clinic();
  const own = consentOf(randomBytes(32), 'permit');
  known.push(own);
  authority = { takeOver: holder.takeOver, key: holder.publicKey };
  const refused = { code: 'me.taken-over' };
  const byDevice = said('share', NOTHING_ASKED, terms);
  await expect(sharing.share(patient, terms, byDevice, undefined)).rejects.toMatchObject(refused);
  await expect(sharing.setBranches(patient, true, said('branches-on', NOTHING_ASKED))).rejects.toMatchObject(refused);
  await expect(sharing.word(patient, 'delegate', NOTHING_ASKED, undefined, byDevice)).rejects.toMatchObject(refused);
  await expect(sharing.demandHolder(patient, 'erase', NOTHING_ASKED, undefined)).rejects.toMatchObject(refused);
  expect(logged.map(({ action, outcome, reason }) => [action, outcome, reason])).toEqual([
    ['grant', 'refused', 'taken-over'],
    ['revoke', 'refused', 'taken-over'],
    ['represent', 'refused', 'taken-over'],
    ['erase', 'refused', 'taken-over'],
  ]);
  const far: SharedTerms = { ...terms, actor: { kind: 'clinic', clinic: 2 } };
  const share = await sharing.share(patient, far, heldWord('share', NOTHING_ASKED, far), undefined);
  const shown = (await sharing.shares(patient)).find((one) => equalBytes(one.share, share));
  expect([shown?.by, shown?.modes]).toEqual(['take-over', ['clinic', 'vault']]);
  const [inChart, inVault] = shown?.consents.map(({ object }) => object) ?? [];
  // What she gave she takes back; what the clinic gave either does, and of the vault the account whose it is.
  expect((await sharing.stop(patient, share, said('stop', share))).whole).toBe(false);
  expect(ended).toEqual([inVault]);
  await expect(sharing.stop(patient, share, said('stop', share))).rejects.toMatchObject(refused);
  await sharing.stop(patient, own.object, said('stop', own.object));
  expect(ended).toEqual([inVault, own.object]);
  expect((await sharing.stop(patient, share, heldWord('stop', share))).whole).toBe(true);
  expect(ended.slice(2)).toContainEqual(inChart);
  // Of somebody else who takes over, or over another patient, it is nobody's.
  const other = { takeOver: randomBytes(32), ...signingKeyPair(randomBytes(32)) };
  const stranger = sharing.share(patient, terms, heldWord('share', NOTHING_ASKED, terms, other), undefined);
  await expect(stranger).rejects.toMatchObject(refused);
});

it('she shuts somebody out and lets them again; no device does', async () => {
  const { sharing } = clinic();
  authority = { takeOver: holder.takeOver, key: holder.publicKey };
  const denial = await sharing.deny(patient, terms, heldWord('deny', NOTHING_ASKED, terms));
  await expect(sharing.stop(patient, denial, said('lift', denial))).rejects.toMatchObject({ code: 'me.taken-over' });
  await expect(sharing.stop(patient, denial, heldWord('stop', denial))).rejects.toMatchObject({ code: 'me.word' });
  expect(await sharing.stop(patient, denial, heldWord('lift', denial))).toEqual({ whole: true, rekey: [] });
});

it('a lift that ends nothing is refused: what shuts branches out ends by saying that they read, unless that is older', async () => {
  const { sharing, known } = clinic();
  await sharing.setBranches(patient, false, said('branches-off', NOTHING_ASKED));
  const [{ share }] = await sharing.shares(patient);
  authority = { takeOver: holder.takeOver, key: holder.publicKey };
  const ended = { code: 'consent.ended' };
  await expect(sharing.stop(patient, share, heldWord('lift', share))).rejects.toMatchObject(ended);
  known[0].terms.givenAt = NOW;
  const on = () => sharing.setBranches(patient, true, heldWord('branches-on', NOTHING_ASKED));
  await expect(on()).rejects.toMatchObject(ended);
  known[0].terms.givenAt = NOW - 1;
  await on();
});

it('what she decided stays when an account is taken back or somebody acts no more', async () => {
  const { sharing, ended } = clinic();
  authority = { takeOver: holder.takeOver, key: holder.publicKey };
  await sharing.share(patient, terms, heldWord('share', NOTHING_ASKED, terms), undefined);
  ended.length = 0;
  await sharing.endOwn(STAFF, patient.account);
  await sharing.endBy(STAFF, patient.account);
  expect(ended).toEqual([]);
});

it('a word ends what lets somebody read, and nothing that shuts somebody out, which is listed all the same', async () => {
  const { sharing, known, ended } = clinic();
  const [permit, denial] = [randomBytes(32), randomBytes(32)];
  known.push(consentOf(permit, 'permit'), consentOf(denial, 'deny'));
  expect((await sharing.shares(patient)).map(({ share }) => share)).toEqual([permit, denial]);
  await expect(sharing.stop(patient, denial, said('stop', denial))).rejects.toMatchObject({ code: 'consent.unknown' });
  expect(ended).toEqual([]);
  await sharing.stop(patient, permit, said('stop', permit));
  expect(ended).toEqual([permit]);
});

it('who has given as many permits as there is room for still shuts branches out, and gives no other', async () => {
  const { sharing, rules, words } = clinic();
  const about = { clinic: 1, account: patient.account, about: NOTHING_ASKED, at: NOW, patient: undefined };
  const word = encodeWord({ ...about, act: 'share', terms });
  for (let n = 0; n < MAX_WORDS; n++) {
    const signed = { word, key: device.publicKey, signature: new Uint8Array(64), consents: [] };
    await words.keepShare(patient.handle, { ...signed, share: randomBytes(32) });
  }
  await sharing.setBranches(patient, false, said('branches-off', NOTHING_ASKED));
  expect(rules).toEqual([false]);
  const again = sharing.setBranches(patient, true, said('branches-on', NOTHING_ASKED));
  await expect(again).rejects.toMatchObject({ type: { code: 'me.full' } });
  const other = { ...terms, until: NOW + 2000 };
  const share = sharing.share(patient, other, said('share', NOTHING_ASKED, other), undefined);
  await expect(share).rejects.toMatchObject({ type: { code: 'me.full' } });
});

it('one word gives one share and one answer, however often it comes at once', async () => {
  const { sharing, known } = clinic();
  const word = said('share', NOTHING_ASKED, terms);
  const shared = await Promise.allSettled([1, 2].map(() => sharing.share(patient, terms, word, undefined)));
  expect(shared.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(known).toHaveLength(1);
  const request = randomBytes(32);
  const refused = said('refuse', request);
  const answers = await Promise.allSettled(
    [1, 2].map(() => sharing.answer(patient, request, false, refused, undefined)),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

it('a word keeps branches from reading by being branches, and lets them again, once each; neither passes for the other', async () => {
  const { sharing, known, rules } = clinic();
  known.push(consentOf(randomBytes(32), 'permit'));
  expect(await sharing.branches(patient)).toBe(true);
  const [off, on] = [said('branches-off', NOTHING_ASKED), said('branches-on', NOTHING_ASKED)];
  await expect(sharing.setBranches(patient, false, on)).rejects.toMatchObject({ code: 'me.word' });
  await sharing.setBranches(patient, false, off);
  expect(await sharing.branches(patient)).toBe(false);
  expect((await sharing.shares(patient)).filter(({ by }) => by === 'patient')).toHaveLength(1);
  await expect(sharing.setBranches(patient, false, off)).rejects.toMatchObject({ code: 'me.word' });
  await sharing.setBranches(patient, true, on);
  await expect(sharing.setBranches(patient, true, on)).rejects.toMatchObject({ code: 'me.word' });
  expect(rules).toEqual([false, true]);
});

it('who shuts branches out again and again keeps one word for it, the newest, and no earlier one comes back', async () => {
  const { sharing, words } = clinic();
  const off = (at: number) => said('branches-off', NOTHING_ASKED, undefined, patient, at);
  for (let n = 0; n < 20; n++) await sharing.setBranches(patient, false, off(NOW - 20 + n));
  const kept = await words.shares(patient.handle);
  expect(kept.map(({ word }) => decodeWord(word).at)).toEqual([NOW - 1]);
  expect(await sharing.shares(patient)).toMatchObject([{ share: kept[0].share, by: 'patient' }]);
  await sharing.setBranches(patient, true, said('branches-on', NOTHING_ASKED));
  await expect(sharing.setBranches(patient, false, off(NOW - 5))).rejects.toMatchObject({ code: 'me.word' });
  await sharing.setBranches(patient, false, off(NOW + 1));
  expect(await words.shares(patient.handle)).toHaveLength(3);
});

it('whoever acts for a patient shares by a word for that patient, until her own end, never the vault, and it ends with her', async () => {
  const { sharing, ended } = clinic();
  const mother: AttachedPatient = {
    ...{ ...patient, account: randomBytes(32) },
    acting: { id: randomBytes(32), kind: 'guardian', ends: NOW + 1000 },
  };
  const word = said('share', NOTHING_ASKED, terms, mother);
  const brother = { ...mother, handle: randomBytes(32) };
  await expect(sharing.share(brother, terms, word, undefined)).rejects.toMatchObject({ code: 'me.word' });
  await expect(sharing.share(patient, terms, word, undefined)).rejects.toMatchObject({ code: 'me.word' });
  const longer = { ...terms, until: NOW + 1001 };
  await expect(
    sharing.share(mother, longer, said('share', NOTHING_ASKED, longer, mother), undefined),
  ).rejects.toMatchObject({ code: 'me.beyond-end' });
  const part = { salt: randomBytes(16), packets: [] };
  await expect(sharing.share(mother, terms, word, part)).rejects.toMatchObject({ code: 'me.not-hers' });
  const share = await sharing.share(mother, terms, word, undefined);
  await sharing.share(patient, terms, said('share', NOTHING_ASKED, terms), undefined);
  const shown = await sharing.shares(patient);
  expect(shown.map(({ by }) => by).sort()).toEqual(['patient', 'representative']);
  await sharing.endBy(STAFF, mother.account);
  expect(ended).toEqual(shown.find((one) => equalBytes(one.share, share))?.consents.map(({ object }) => object));
});

it('what somebody shares while she is being ended ends with her, or is refused; so are an answer and branches', async () => {
  let acts = true;
  const { sharing, known, ended, rules } = clinic(async (same) => {
    if (!acts) throw new RepresentativeError({ code: 'representative.not-yours' });
    return same;
  });
  const acting = { id: randomBytes(32), kind: 'guardian', ends: NOW + 1000 } as const;
  const mother: AttachedPatient = { ...patient, account: randomBytes(32), acting };
  const shorter = { ...terms, until: NOW + 500 };
  await sharing.share(mother, shorter, said('share', NOTHING_ASKED, shorter, mother), undefined);
  acts = false;
  await sharing.endBy(STAFF, mother.account);
  expect(known).toHaveLength(1);
  expect(ended).toHaveLength(1);
  const request = randomBytes(32);
  const late = [
    () => sharing.share(mother, terms, said('share', NOTHING_ASKED, terms, mother), undefined),
    () => sharing.answer(mother, request, false, said('refuse', request, undefined, mother), undefined),
    () => sharing.setBranches(mother, false, said('branches-off', NOTHING_ASKED, undefined, mother)),
  ];
  for (const one of late) await expect(one()).rejects.toMatchObject({ code: 'representative.not-yours' });
  expect([known.length, rules]).toEqual([1, []]);
});

it('an end waits for what is being given, and takes it along', async () => {
  const [given, reached] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { sharing, ended } = clinic(async (same) => {
    reached.resolve();
    await given.promise;
    return same;
  });
  const acting = { id: randomBytes(32), kind: 'guardian', ends: NOW + 1000 } as const;
  const mother: AttachedPatient = { ...patient, account: randomBytes(32), acting };
  const giving = sharing.share(mother, terms, said('share', NOTHING_ASKED, terms, mother), undefined);
  await reached.promise;
  const ending = sharing.endBy(STAFF, mother.account);
  // As long as it would take without the order.
  await new Promise((resolve) => setImmediate(resolve));
  given.resolve();
  await Promise.all([giving, ending]);
  expect(ended).toHaveLength(1);
});

it('a sooner end takes what lasts longer alone, and an account taken back what it shared as her own', async () => {
  const { sharing, ended } = clinic();
  const acting = { id: randomBytes(32), kind: 'guardian', ends: NOW + 1000 } as const;
  const mother: AttachedPatient = { ...patient, account: randomBytes(32), acting };
  for (const until of [NOW + 400, NOW + 600]) {
    const shared = { ...terms, until };
    await sharing.share(mother, shared, said('share', NOTHING_ASKED, shared, mother), undefined);
  }
  await sharing.share(patient, terms, said('share', NOTHING_ASKED, terms), undefined);
  await sharing.endBy(STAFF, mother.account, NOW + 600);
  expect(ended).toHaveLength(0);
  await sharing.endBy(STAFF, mother.account, NOW + 500);
  expect(ended).toHaveLength(1);
  await sharing.endOwn(STAFF, mother.account);
  expect(ended).toHaveLength(1);
  await sharing.endOwn(STAFF, patient.account);
  expect(ended).toHaveLength(2);
});

it('what staff ends is written down as theirs, what the patient ends as hers', async () => {
  const { sharing, logged } = clinic();
  const acting = { id: randomBytes(32), kind: 'guardian', ends: NOW + 1000 } as const;
  const mother: AttachedPatient = { ...patient, account: randomBytes(32), acting };
  await sharing.share(mother, terms, said('share', NOTHING_ASKED, terms, mother), undefined);
  const share = await sharing.share(patient, terms, said('share', NOTHING_ASKED, terms), undefined);
  await sharing.stop(patient, share, said('stop', share));
  await sharing.endBy(STAFF, mother.account);
  const revoked = logged.filter(({ action }) => action === 'revoke');
  const { account, roles } = STAFF.reader;
  expect(revoked.map(({ reader, reason }) => [reader.account, reader.roles, reason])).toEqual([
    ...revoked.slice(0, -1).map(() => [patient.account, ['patient'], 'patient']),
    [account, roles, 'custody'],
  ]);
  expect(revoked.length).toBeGreaterThan(1);
});
