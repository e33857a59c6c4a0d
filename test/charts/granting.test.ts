// What a clinic gave and takes back of its own chart, over its own store and its own judgement; chain and packets are left out.
import { expect, test } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { encodeConsentRow } from '../../consensus/ledger/consent/rows.ts';
import { readCommit } from '../../consensus/ledger/consent/types.ts';
import { newObject } from '../../consensus/ledger/object-row.ts';
import { encodeAuthorityRow, encodeTakeOverRow } from '../../consensus/ledger/patients/take-over/rows.ts';
import { authorityKey, consentKey, takeOverKey } from '../../consensus/ledger/tables.ts';
import type { Statement } from '../../consensus/ledger/types.ts';
import { CategoryKeys } from '../../node/charts/category-keys.ts';
import { ChartStore, dropPacket, putGiven, putPacket } from '../../node/charts/chart-store.ts';
import { Granting, type NewConsent } from '../../node/charts/granting.ts';
import { Judge } from '../../node/charts/judge.ts';
import type { KnownTerms } from '../../node/charts/ports.ts';
import { ConsentStandings } from '../../node/charts/standing.ts';
import { TakenOver } from '../../node/charts/taken-over.ts';
import type { Category } from '../../records/category.ts';
import type { Packet } from '../../records/chart/packet.ts';
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

function heldWord(act: PatientAct, about: Uint8Array, at: number, key = { seed, takeOver }): HeldWord {
  const actor = { kind: 'person', account: xena } as const;
  const shared = { actor, categories: ['labs'], purposes: ['TREAT'], until: ends } as const;
  const terms = act === 'share' || act === 'deny' ? shared : undefined;
  const by = { clinic: 1, account: yves, patient: ref.handle, takeOver: key.takeOver };
  const word = encodeWord({ act, about, terms, at, ...by });
  return { word, signature: signWord(word, genesisId, key.seed) };
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
      give: async (_: unknown, category: Category, to: readonly Pick<Packet, 'grant'>[]) => {
        for (const { grant } of to) {
          const about = { ...ref, category, epoch: 1, grantee: 3, grant, suite: 1, purpose: 1, ends };
          const made = { granteeKey: grant, sealed: new Uint8Array(80), signer: grant, signature: new Uint8Array(64) };
          await store.batch([putPacket({ ...about, ...made })]);
        }
      },
      take: async (_: unknown, category: Category, grant: Uint8Array) => {
        const given = (await store.packets(ref, category)).filter((one) => toHex(one.grant) === toHex(grant));
        await store.batch(given.map(dropPacket));
      },
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
  const hasKeys = async (consent: Uint8Array) =>
    (await store.packets(ref)).some(({ grant }) => toHex(grant) === toHex(consent));
  /** The state alone has it, as after a snapshot. */
  const inBlock = (object: Uint8Array, given: number) => {
    const { commitment, ends } = readCommit(new Reader(payloads.get(toHex(object)) as Uint8Array));
    const row = { ...newObject(randomBytes(32)), author: { type: 'clinic' as const, clinic: 1 }, commitment, ends };
    rows.set(toHex(consentKey(object)), encodeConsentRow({ ...row, terms: commitment, given, ended: 0 }));
  };
  const takeOverBy = (by = { seed, takeOver }) => {
    const { publicKey: key } = signingKeyPair(by.seed);
    const keys = { key, encryptionKey: key, commitment: key };
    if (by.takeOver !== takeOver) {
      const none = { witnesses: [], waiting: [], ready: 0, objections: 0, outvoters: [], outvoted: false };
      const row = { ...newObject(randomBytes(32)), live: false, handle: ref.handle, finished: true, until: TAKEN + 1 };
      const { publicKey } = signingKeyPair(seed);
      const earlier = { key: publicKey, encryptionKey: publicKey, commitment: publicKey };
      rows.set(toHex(takeOverKey(takeOver)), encodeTakeOverRow({ ...row, ...none, ...earlier }));
    }
    takenOverBy = encodeAuthorityRow({ takeOver: by.takeOver, ...keys, since: TAKEN, first: TAKEN });
  };
  /** As where its block was replaced, and comes later. */
  const nobodyTookOver = () => {
    takenOverBy = undefined;
  };
  return { store, granting, give, statusOf, isEnded, hasKeys, inBlock, takeOverBy, nobodyTookOver, now: () => now };
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

test('what the clinic gave and no block had before says nothing, nor has keys; had it one before after all, it counts', async () => {
  const { granting, give, inBlock, takeOverBy, nobodyTookOver, statusOf, isEnded, hasKeys } = clinic();
  const grant = await give(yves);
  const passed = await give(xena, { policy: passedOnPolicy(grant) });
  const standing = () => Promise.all([grant, passed].map(async (one) => [await statusOf(one), await hasKeys(one)]));
  expect(await standing()).toEqual([grant, passed].map(() => ['active', true]));
  takeOverBy();
  expect(await statusOf(grant)).toBe('void');
  for (let n = 0; n < 2; n++) await granting.tidy(ref);
  expect(await standing()).toEqual([grant, passed].map(() => ['void', false]));
  expect([await isEnded(grant), await isEnded(passed)]).toEqual([false, false]);
  // The blocks were replaced: the grant is in one that comes before the take-over.
  nobodyTookOver();
  await granting.tidy(ref);
  for (const one of [grant, passed]) inBlock(one, TAKEN - 1);
  takeOverBy();
  await granting.tidy(ref);
  expect(await standing()).toEqual([grant, passed].map(() => ['active', true]));
  // She takes it back on the chain, void or not.
  const late = await give(yves, { effect: 'deny' });
  await granting.revoke(grant);
  await granting.revoke(late);
  expect([await statusOf(grant), await hasKeys(grant), await hasKeys(passed)]).toEqual(['revoked', false, false]);
});

test('what an earlier key gave and no block had before the next is void, has no keys, and that key gives nothing more', async () => {
  const { granting, takeOverBy, inBlock, statusOf, hasKeys, now } = clinic();
  takeOverBy();
  const { consent: inTime } = await granting.giveHeld(ref, heldWord('share', NOTHING_ASKED, now()));
  const { consent: late } = await granting.giveHeld(ref, heldWord('share', NOTHING_ASKED, now()));
  inBlock(inTime, TAKEN);
  const next = { seed: randomBytes(32), takeOver: randomBytes(32) };
  takeOverBy(next);
  inBlock(late, TAKEN + 1);
  await granting.tidy(ref);
  expect([await statusOf(inTime), await hasKeys(inTime)]).toEqual(['active', true]);
  expect([await statusOf(late), await hasKeys(late)]).toEqual(['void', false]);
  const again = granting.giveHeld(ref, heldWord('share', NOTHING_ASKED, now()));
  await expect(again).rejects.toMatchObject({ code: 'consent.taken-over' });
  await granting.revoke(late, 'holder');
  expect(await statusOf(late)).toBe('revoked');
  const { consent } = await granting.giveHeld(ref, heldWord('share', NOTHING_ASKED, now(), next));
  expect(await statusOf(consent)).toBe('active');
});

test('a denial that its clinic took back too late to end it ends by her word, which is said of it as of any', async () => {
  const { granting, give, inBlock, takeOverBy, statusOf, now } = clinic();
  const denial = await give(yves, { effect: 'deny' });
  inBlock(denial, TAKEN - 1);
  // In no block as somebody takes over.
  await granting.revoke(denial);
  expect(await statusOf(denial)).toBe('revoked');
  takeOverBy();
  expect(await statusOf(denial)).toBe('active');
  const lifted = await granting.lift(ref, heldWord('lift', denial, now()));
  expect(lifted.map(({ consent }) => toHex(consent))).toEqual([toHex(denial)]);
  expect(await statusOf(denial)).toBe('revoked');
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
