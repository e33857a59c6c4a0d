// What custodians make of the consents about a chart once somebody took over, by what they were sent and what the chain has.
import { describe, expect, it } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { CONSENT_COMMIT } from '../../consensus/ledger/kinds.ts';
import { objectId } from '../../consensus/ledger/objects.ts';
import { encodeAuthorityRow, encodeTakeOverRow } from '../../consensus/ledger/patients/take-over/rows.ts';
import { authorityKey, takeOverKey } from '../../consensus/ledger/tables.ts';
import { type ChainTerms, TakenOver } from '../../node/charts/taken-over.ts';
import { decide } from '../../records/consent/decide.ts';
import { ALL_DATA, ORGANISATION_RULE_OFF, type Terms } from '../../records/consent/terms.ts';
import { decodeTerms, encodeTerms } from '../../records/consent/terms-codec.ts';
import { type HeldWord, saltOfWord, termsOfWord } from '../../records/vault/held-terms.ts';
import { encodeWord, NOTHING_ASKED, type PatientWord, shareOf, signWord } from '../../records/vault/word.ts';

const NOW = 1_900_000_000_000;
const until = NOW + 86_400_000;
const genesisId = randomBytes(32);
const account = randomBytes(32);
const place = { clinic: 1, chart: randomBytes(32), handle: randomBytes(32) };
const actor = { kind: 'clinic', clinic: 3 } as const;
const shared = { actor, categories: ['labs', 'notes'], purposes: ['TREAT'], until } as const;

/** A person who takes over, at some time or never. */
class Holder {
  readonly takeOver = randomBytes(32);
  readonly seed = randomBytes(32);
  readonly key = signingKeyPair(this.seed).publicKey;

  says(about: Partial<PatientWord> = {}): HeldWord {
    const word = encodeWord({
      ...{ act: 'share', clinic: 1, account, about: NOTHING_ASKED, terms: shared, at: NOW - 5 },
      ...{ patient: place.handle, takeOver: this.takeOver },
      ...about,
    });
    return { word, signature: signWord(word, genesisId, this.seed) };
  }
}

/** A chain of which there is the state alone, as after a snapshot: times are those of blocks. */
class Chain {
  readonly rows = new Map<string, Uint8Array>();
  private holder: Holder | undefined;
  private first = 0;
  readonly takenOver = new TakenOver(
    { genesisId },
    {
      chain: { states: async (keys) => keys.map((key) => this.rows.get(toHex(key))) },
      clock: { now: () => NOW },
    },
  );

  begun({ takeOver, key }: Holder, finished = false, handle = place.handle, until = 0): void {
    const none = { witnesses: [], waiting: [], ready: 0, objections: 0, outvoters: [], outvoted: false };
    const row = {
      version: 1,
      live: !finished,
      created: randomBytes(32),
      latest: randomBytes(32),
      handle,
      key,
      ...none,
      finished,
      until,
    };
    const more = { encryptionKey: randomBytes(32), commitment: randomBytes(32) };
    this.rows.set(toHex(takeOverKey(takeOver)), encodeTakeOverRow({ ...row, ...more }));
  }

  decides(holder: Holder, since: number): void {
    const { takeOver, key } = holder;
    if (this.holder !== undefined) this.begun(this.holder, true, place.handle, since);
    this.holder = holder;
    this.first ||= since;
    this.begun(holder, true);
    const row = { takeOver, key, encryptionKey: key, commitment: key, since, first: this.first };
    this.rows.set(toHex(authorityKey(place.handle)), encodeAuthorityRow(row));
  }

  /** A consent that a block of this time has, taken back at another. */
  given(terms: Terms, given: number, { object = randomBytes(32), ended = 0 } = {}): ChainTerms {
    const author = { type: 'clinic', clinic: 1 } as const;
    const row = { author, commitment: randomBytes(32), live: ended === 0, given, ended };
    return { object, terms, ends: until, status: ended > 0 ? 'revoked' : 'active', row: { ...row, ends: until } };
  }

  held(word: HeldWord, given: number, ended = 0): ChainTerms {
    const object = objectId(CONSENT_COMMIT, { type: 'clinic', clinic: 1 }, saltOfWord(word));
    return this.given(termsOfWord(word, place.chart) as Terms, given, { object, ended });
  }

  async worth(...all: ChainTerms[]): Promise<string[]> {
    const settled = await this.takenOver.settled(place, all);
    return all.map((one) => settled.find(({ object }) => object === one.object)?.status ?? 'nothing');
  }
}

function custody(effect: 'permit' | 'deny', policy = ''): Terms {
  const rule = { effect, actors: [actor], purposes: [{ code: 'TREAT' as const }], period: { until } };
  return {
    ...{ subject: { kind: 'chart', id: place.chart }, grantor: { kind: 'custody', clinic: 1, account } },
    ...{ givenAt: NOW - 9, mode: 'view', policy },
    provision: { ...rule, data: { ...ALL_DATA, categories: ['labs'] }, exceptions: [] },
  };
}

describe('a custodian', () => {
  it('takes the word of whoever took over, and of clinics what blocks had before', async () => {
    const [chain, anna] = [new Chain(), new Holder()];
    chain.decides(anna, 10);
    const all = [chain.given(custody('permit'), 9), chain.given(custody('permit'), 11), chain.held(anna.says(), 12)];
    expect(await chain.worth(...all)).toEqual(['active', 'void', 'active']);
  });

  it('takes nothing of whoever did not take over: not yet, objected, of another patient, or nobody at all', async () => {
    const [chain, anna, mallory] = [new Chain(), new Holder(), new Holder()];
    chain.begun(mallory);
    const one = chain.held(mallory.says(), 12);
    const grant = chain.given(custody('permit'), 11);
    expect(await chain.worth(one, grant)).toEqual(['nothing', 'active']);
    chain.decides(anna, 10);
    expect(await chain.worth(one, chain.held(new Holder().says(), 12))).toEqual(['nothing', 'nothing']);
    chain.begun(mallory, true, randomBytes(32));
    expect(await chain.worth(chain.held(mallory.says(), 9))).toEqual(['nothing']);
  });

  it('takes of an earlier key what blocks had before the next one, and nothing that it signs later', async () => {
    const [chain, lost, anna] = [new Chain(), new Holder(), new Holder()];
    chain.decides(lost, 5);
    chain.decides(anna, 10);
    const [old, late] = [lost.says(), lost.says({ at: NOW - 4 })];
    expect(await chain.worth(chain.held(old, 9), chain.held(late, 11))).toEqual(['active', 'void']);
    // Void alone is what that key did sign.
    const forged = chain.held({ ...late, signature: anna.says().signature }, 11);
    expect(await chain.worth(forged, chain.held(late, 11, 12))).toEqual(['nothing', 'revoked']);
    const clinics = chain.given(custody('deny'), 4);
    const lift = chain.held(lost.says({ act: 'lift', terms: undefined, about: clinics.object }), 11);
    expect(await chain.worth(clinics, lift)).toEqual(['active', 'void']);
    expect((await chain.takenOver.of(place.handle))?.key).toEqual(anna.key);
  });

  it('takes of three keys what each gave while it decided, whoever decides later, and of clinics what came before them all', async () => {
    const [chain, lost, anna, mia] = [new Chain(), new Holder(), new Holder(), new Holder()];
    chain.decides(lost, 5);
    const all = [4, 5, 9, 10, 11].flatMap((at) => [
      chain.held(lost.says({ at }), at),
      chain.held(anna.says({ at }), at),
      chain.given(custody('permit'), at),
    ]);
    const inNone = { ...chain.held(lost.says(), 5), row: undefined };
    chain.decides(anna, 10);
    const worth = await chain.worth(...all, inNone);
    // A word that was filed before its own take-over was finished counts from then on.
    const [lostSaid, annaSaid, clinicSaid] = [0, 1, 2].map((of) => worth.filter((_, at) => at < 15 && at % 3 === of));
    expect(lostSaid).toEqual(['active', 'active', 'active', 'void', 'void']);
    expect(annaSaid).toEqual(Array(5).fill('active'));
    expect(clinicSaid).toEqual(['active', 'void', 'void', 'void', 'void']);
    expect(worth.at(-1)).toBe('void');
    chain.decides(mia, 20);
    expect(await chain.worth(...all, inNone)).toEqual(worth);
    expect(await chain.worth(chain.held(anna.says(), 20), chain.held(mia.says(), 20))).toEqual(['void', 'active']);
  });

  it('knows what a clinic shut out as ended by it alike under every key', async () => {
    const chain = new Chain();
    chain.decides(new Holder(), 10);
    const denial = custody('deny');
    const off = custody('deny', ORGANISATION_RULE_OFF);
    const all = [
      ...[chain.given(denial, 8, { ended: 9 }), chain.given(denial, 8, { ended: 10 })],
      ...[chain.given(denial, 10, { ended: 11 }), chain.given(denial, 10, { ended: 21 })],
      ...[chain.given(off, 8, { ended: 11 }), chain.given(off, 11, { ended: 12 })],
    ];
    const worth = ['revoked', 'active', 'revoked', 'revoked', 'active', 'active'];
    expect(await chain.worth(...all)).toEqual(worth);
    chain.decides(new Holder(), 20);
    expect(await chain.worth(...all)).toEqual(worth);
  });

  it('knows a denial as ended by her word for good: past the end of that, and whatever the clinic takes back', async () => {
    const [chain, anna] = [new Chain(), new Holder()];
    chain.decides(anna, 10);
    const denial = chain.given(custody('deny'), 9);
    const lift = chain.held(anna.says({ act: 'lift', terms: undefined, about: denial.object }), 12);
    const row = lift.row as NonNullable<typeof lift.row>;
    const over = { ...lift, status: 'inactive' as const };
    const taken = { ...lift, status: 'revoked' as const, row: { ...row, live: false, ended: 13 } };
    expect(await chain.worth(denial, over)).toEqual(['revoked', 'inactive']);
    expect(await chain.worth(denial, taken)).toEqual(['revoked', 'active']);
  });

  it('takes no word about another clinic or patient, none that was signed by another, and no other terms than it says', async () => {
    const [chain, anna] = [new Chain(), new Holder()];
    chain.decides(anna, 10);
    const good = chain.held(anna.says(), 12);
    const other = anna.says({ at: NOW - 3 });
    const forged = { ...anna.says(), signature: new Holder().says().signature };
    const { provision } = good.terms;
    const wider = { ...good, terms: { ...good.terms, provision: { ...provision, actors: [] } } };
    const again = { ...good, object: randomBytes(32) };
    const all = [
      ...[chain.held(anna.says({ clinic: 2 }), 12), chain.held(anna.says({ patient: randomBytes(32) }), 12)],
      ...[chain.held(forged, 12), wider, again, { ...good, terms: { ...good.terms, givenAt: NOW } }],
      { ...good, terms: { ...good.terms, grantor: { kind: 'take-over' as const, ...other } } },
    ];
    expect(await chain.worth(...all)).toEqual(all.map(() => 'nothing'));
    expect(await chain.worth(good)).toEqual(['active']);
  });

  it('knows a denial as ended by her word alone, and what was taken back stays so', async () => {
    const [chain, anna] = [new Chain(), new Holder()];
    chain.decides(anna, 10);
    const said = anna.says({ act: 'deny' });
    const hers = chain.held(said, 11, 12);
    const clinics = chain.given(custody('deny'), 9, { ended: 12 });
    const before = chain.given(custody('deny'), 8, { ended: 9 });
    expect(await chain.worth(hers, clinics, before)).toEqual(['active', 'active', 'revoked']);
    const lift = (about: Uint8Array) => chain.held(anna.says({ act: 'lift', terms: undefined, about }), 13);
    expect(await chain.worth(hers, clinics, lift(shareOf(said.word)))).toEqual(['revoked', 'active', 'active']);
    expect(await chain.worth(hers, clinics, lift(clinics.object))).toEqual(['active', 'revoked', 'active']);
    const stranger = chain.held(new Holder().says({ act: 'lift', terms: undefined, about: hers.object }), 13);
    expect(await chain.worth(hers, stranger)).toEqual(['active', 'nothing']);
    const grant = chain.held(anna.says(), 11, 12);
    expect(await chain.worth(grant)).toEqual(['revoked']);
  });

  it('lets branches read again by her word alone, and shuts them out by any', async () => {
    const [chain, anna] = [new Chain(), new Holder()];
    chain.decides(anna, 10);
    const rule = (act: 'branches-on' | 'branches-off', at: number) =>
      chain.held(anna.says({ act, terms: undefined, at }), 12);
    const off = rule('branches-off', NOW - 8);
    expect(await chain.worth(off, rule('branches-on', NOW - 9))).toEqual(['active', 'active']);
    expect(await chain.worth(off, rule('branches-on', NOW - 7))).toEqual(['revoked', 'active']);
  });
});

it('terms of a take-over are the same bytes again, and say why a grant of a clinic is refused', async () => {
  const [chain, anna] = [new Chain(), new Holder()];
  chain.decides(anna, 10);
  const hers = chain.held(anna.says({ terms: { ...shared, categories: ['notes'] } }), 12);
  expect(encodeTerms(decodeTerms(encodeTerms(hers.terms)))).toEqual(encodeTerms(hers.terms));
  const late = chain.given(custody('permit'), 11);
  const consents = (await chain.takenOver.settled(place, [late, hers])).map(({ object: id, ...one }) => ({
    id,
    ...one,
  }));
  const requester = { account: randomBytes(32), roles: ['doctor'] as const, clinic: 3, organisation: 3 };
  const relations = {
    custodian: { clinic: 1, organisation: 1 },
    guardians: [],
    attached: [1],
    takenOver: true as const,
  };
  const asked = { requester, purpose: 'TREAT', mode: 'view' as const, at: NOW };
  const about = (category: 'labs' | 'notes') =>
    decide({ ...asked, record: { category, whole: true } }, consents, relations);
  expect(about('labs')).toEqual({ permit: false, reason: 'taken-over', consent: late.object });
  expect(about('notes')).toMatchObject({ permit: true, reason: 'consent', consent: hers.object });
  // The clinic that wrote it treats as before.
  const here = {
    ...asked,
    requester: { ...requester, clinic: 1 },
    record: { category: 'labs' as const, whole: true as const },
  };
  expect(decide(here, consents, relations)).toMatchObject({ permit: true, reason: 'custody' });
});
