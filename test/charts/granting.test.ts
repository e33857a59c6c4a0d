// What a clinic gave and takes back of its own chart, over its own store and its own judgement; chain and packets are left out.
import { expect, test } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { encodeConsentRow } from '../../consensus/ledger/consent/rows.ts';
import { readCommit } from '../../consensus/ledger/consent/types.ts';
import { newObject } from '../../consensus/ledger/object-row.ts';
import { encodeAuthorityRow } from '../../consensus/ledger/patients/take-over/rows.ts';
import { authorityKey, consentKey } from '../../consensus/ledger/tables.ts';
import type { Statement } from '../../consensus/ledger/types.ts';
import { CategoryKeys } from '../../node/charts/category-keys.ts';
import { ChartStore, putGiven } from '../../node/charts/chart-store.ts';
import { Granting, type NewConsent } from '../../node/charts/granting.ts';
import { Judge } from '../../node/charts/judge.ts';
import type { KnownTerms } from '../../node/charts/ports.ts';
import { ConsentStandings } from '../../node/charts/standing.ts';
import { TakenOver } from '../../node/charts/taken-over.ts';
import { passedOnPolicy } from '../../records/consent/delegation.ts';
import type { HeldWord } from '../../records/vault/held-terms.ts';
import { encodeWord, NOTHING_ASKED, type PatientAct, shareOf, signWord } from '../../records/vault/word.ts';
import { memoryRows } from '../helpers/memory-rows.ts';

const ends = 1_900_000_000_000;
const ref = { clinic: 1, chart: randomBytes(32), handle: randomBytes(32) };
const genesisId = randomBytes(32);
const [xena, yves] = [randomBytes(32), randomBytes(32)];

/** Whoever took over: her key, and the time of the block. */
const TAKEN = 1_700_000_000_000;
const seed = randomBytes(32);
const takeOver = randomBytes(32);

function heldWord(act: PatientAct, about: Uint8Array, at: number): HeldWord {
  const actor = { kind: 'person', account: xena } as const;
  const shared = { actor, categories: ['labs'], purposes: ['TREAT'], until: ends } as const;
  const terms = act === 'share' || act === 'deny' ? shared : undefined;
  const by = { clinic: 1, account: yves, patient: ref.handle, takeOver };
  const word = encodeWord({ act, about, terms, at, ...by });
  return { word, signature: signWord(word, genesisId, seed) };
}

function clinic() {
  let takenOverBy: Uint8Array | undefined;
  let now = ends - 86_400_000;
  const clock = { now: () => now++ };
  const store = new ChartStore({ database: memoryRows() });
  const isAuthority = (key: Uint8Array) => toHex(key) === toHex(authorityKey(ref.handle));
  const rows = new Map<string, Uint8Array>();
  const payloads = new Map<string, Uint8Array>();
  const states = async (keys: readonly Uint8Array[]) =>
    keys.map((key) => (isAuthority(key) ? takenOverBy : rows.get(toHex(key))));
  const standings = new ConsentStandings({ store: { states } as never, clock: clock as never });
  const takenOver = new TakenOver({ genesisId }, { chain: { states }, clock });
  const judge = new Judge({ clinic: 1 } as never, { store, standings, takenOver, clock } as never);
  const granting = new Granting({
    ...{ store, judge, takenOver, clock, keys: new CategoryKeys({ store }) },
    charts: {
      change: (work: () => Promise<unknown>) => work(),
      tidy: async () => undefined,
      give: async () => undefined,
    },
    outgoing: { queue: () => [], wake: () => undefined },
    pending: { put: () => ({ type: 'del', key: new Uint8Array(1) }), submit: async () => undefined },
    members: { current: { clinic: () => ({}), clinicsOf: () => [] } },
    author: {
      clinic: 1,
      make: ({ object, payload }: Pick<Statement, 'object' | 'payload'>) => {
        if (payload.length > 0) payloads.set(toHex(object), payload);
        return { id: randomBytes(32) };
      },
    },
    clinicsOf: async () => [3],
  } as never);
  const give = async (account: Uint8Array, about: Partial<NewConsent> = {}) => {
    const what = { purposes: ['TREAT'] as const, categories: ['labs'] as const, mode: 'view' as const, by: undefined };
    const consent = { effect: 'permit' as const, actor: { kind: 'person' as const, account }, ...what, ends, ...about };
    return (await granting.give(ref, consent)).consent;
  };
  const statusOf = async (consent: Uint8Array) =>
    (await granting.list(ref)).find(({ object }) => toHex(object) === toHex(consent))?.status;
  const isEnded = async (consent: Uint8Array) => (await store.given(consent))?.ended !== 0;
  /** The state alone has it, as after a snapshot. */
  const inBlock = (object: Uint8Array, given: number) => {
    const { commitment, ends } = readCommit(new Reader(payloads.get(toHex(object)) as Uint8Array));
    const row = { ...newObject(randomBytes(32)), author: { type: 'clinic' as const, clinic: 1 }, commitment, ends };
    rows.set(toHex(consentKey(object)), encodeConsentRow({ ...row, terms: commitment, given, ended: 0 }));
  };
  const takeOverBy = () => {
    const { publicKey: key } = signingKeyPair(seed);
    takenOverBy = encodeAuthorityRow({
      takeOver,
      key,
      encryptionKey: key,
      commitment: key,
      since: TAKEN,
      first: TAKEN,
    });
  };
  return { store, granting, give, statusOf, isEnded, inBlock, takeOverBy, now: () => now };
}

test('what was passed on says nothing while its grantee is shut out, and again once that is withdrawn', async () => {
  const { granting, give, statusOf, isEnded } = clinic();
  const source = await give(xena);
  const passed = await give(yves, { policy: passedOnPolicy(source) });
  const denial = await give(xena, { effect: 'deny' });
  await granting.tidy(ref);
  expect([await statusOf(passed), await isEnded(passed)]).toEqual(['revoked', false]);
  await granting.revoke(denial);
  await granting.tidy(ref);
  expect([await statusOf(passed), await isEnded(passed)]).toEqual(['active', false]);
  // Taken back while she is shut out, it takes with it what came of it.
  await give(xena, { effect: 'deny' });
  await granting.revoke(source);
  expect([await statusOf(passed), await isEnded(passed)]).toEqual(['revoked', true]);
});

test('what was passed on ends where a stop came between its end and that of its source', async () => {
  const { store, granting, give, isEnded } = clinic();
  const source = await give(xena);
  const passed = await give(yves, { policy: passedOnPolicy(source) });
  await store.batch([putGiven({ object: source, chart: ref.chart, handle: ref.handle, ended: 1 })]);
  await granting.tidy(ref);
  expect(await isEnded(passed)).toBe(true);
});

test('once somebody took over the clinic lets nobody in by its custody, and ends no denial but its own of afterwards', async () => {
  const { granting, give, inBlock, takeOverBy, statusOf } = clinic();
  const denial = await give(xena, { effect: 'deny' });
  inBlock(denial, TAKEN - 1);
  takeOverBy();
  const refused = { code: 'consent.taken-over' };
  await expect(give(yves)).rejects.toMatchObject(refused);
  await expect(granting.revoke(denial)).rejects.toMatchObject(refused);
  await granting.organisationRule(ref, false, undefined);
  await expect(granting.organisationRule(ref, true, undefined)).rejects.toMatchObject(refused);
  // It shuts out as before.
  const other = await give(yves, { effect: 'deny' });
  expect([await statusOf(denial), await statusOf(other)]).toEqual(['active', 'active']);
  // What it did by mistake it takes back: in no block yet, or in one of afterwards.
  const later = await give(yves, { effect: 'deny' });
  inBlock(later, TAKEN);
  for (const own of [other, later]) {
    await granting.revoke(own);
    expect(await statusOf(own)).toBe('revoked');
  }
  const off = (await granting.list(ref)).find(({ terms }) => terms.policy !== '') as KnownTerms;
  await expect(granting.revoke(off.object)).rejects.toMatchObject(refused);
});

test('what a block had before counts on where the clinic has the state alone, and no tidying ends it', async () => {
  const { granting, give, inBlock, takeOverBy, statusOf, isEnded } = clinic();
  const grant = await give(yves);
  inBlock(grant, TAKEN - 1);
  takeOverBy();
  await granting.tidy(ref);
  expect([await statusOf(grant), await isEnded(grant)]).toEqual(['active', false]);
});

test('what the clinic gave and no block had before says nothing, and ends when charts are looked over', async () => {
  const { granting, give, takeOverBy, statusOf, isEnded } = clinic();
  const grant = await give(yves);
  takeOverBy();
  expect(await statusOf(grant)).toBe('void');
  await granting.tidy(ref);
  expect([await statusOf(grant), await isEnded(grant)]).toEqual(['revoked', true]);
});

test('a word of hers gives once, is taken back by her alone, and ends denials that it names', async () => {
  const { granting, give, takeOverBy, statusOf, now } = clinic();
  const clinics = await give(yves, { effect: 'deny' });
  takeOverBy();
  const word = heldWord('share', NOTHING_ASKED, now());
  const { consent } = await granting.giveHeld(ref, word);
  expect(await statusOf(consent)).toBe('active');
  await expect(granting.giveHeld(ref, word)).rejects.toMatchObject({ code: 'consent.ended' });
  await expect(granting.revoke(consent)).rejects.toMatchObject({ code: 'consent.taken-over' });
  await granting.revoke(consent, 'holder');
  expect(await statusOf(consent)).toBe('revoked');
  await expect(granting.giveHeld(ref, word)).rejects.toMatchObject({ code: 'consent.ended' });

  const denying = heldWord('deny', NOTHING_ASKED, now());
  const denied = (await granting.giveHeld(ref, denying)).consent;
  await granting.lift(ref, heldWord('lift', shareOf(denying.word), now()));
  expect([await statusOf(denied), await statusOf(clinics)]).toEqual(['revoked', 'active']);
  await granting.lift(ref, heldWord('lift', clinics, now()));
  expect(await statusOf(clinics)).toBe('revoked');
  expect(await granting.lift(ref, heldWord('lift', clinics, now()))).toEqual([]);
  await expect(granting.giveHeld(ref, heldWord('stop', consent, now()))).rejects.toMatchObject({
    code: 'consent.unknown',
  });
});
