// What a clinic holds of the signatures on the chain: the same everywhere, in force an hour after its quorum, gone when retired.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../common/bytes.ts';
import { createLogger } from '../../../common/logger.ts';
import { SHADOW } from '../../../consensus/ledger/threats/signatures/quorum.ts';
import { signatureObject } from '../../../consensus/ledger/threats/signatures/types.ts';
import { SignatureMatcher } from '../../../gateway/signatures/matcher.ts';
import type { SignatureDefinition } from '../../../gateway/signatures/signature.ts';
import { encodeSignature } from '../../../gateway/signatures/signature-codec.ts';
import { STARTER_SET } from '../../../gateway/signatures/starter-set.ts';
import { ClinicAuthor } from '../../../node/clinic-author.ts';
import { PROPOSE_EVERY, ThreatSignatures } from '../../../node/threats/signatures/threat-signatures.ts';
import { type Rows, TestLedger } from '../../consensus/ledger/fixture.ts';
import * as statements from '../../consensus/ledger/signature-statements.ts';
import { facts } from '../../gateway/signatures/generators.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';

const TAGS = ['one', 'two', 'three'] as const;
const CLINICS = [1, 2, 3, 4] as const;

const definitionOf = (tag: string): SignatureDefinition => ({
  name: `tag-${tag}`,
  category: 'probe',
  severity: 'medium',
  points: 20,
  conditions: [{ fields: ['path'], view: 'text', start: true, end: false, literals: [`/telltale/${tag}`] }],
  detectedAt: 0,
  sources: 0,
  requests: 0,
});
const bytesOf = (tag: string) => encodeSignature(definitionOf(tag));
const objectOf = (tag: string) => signatureObject(bytesOf(tag));

/** The book of a clinic that reads this state; what it would send is refused, or thrown away. */
function bookOf(state: () => Rows, now = 0, { clock = new ManualClock(now), sends = false } = {}): ThreatSignatures {
  return new ThreatSignatures({
    store: {
      states: async (keys) => keys.map((key) => state().get(key)),
      stateRange: async (table, _prefix, after, limit) =>
        [...state().rows]
          .filter(([key]) => fromHex(key)[0] === table && (after === undefined || key > toHex(after)))
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .slice(0, limit)
          .map(([key, value]) => [fromHex(key), value] as const),
    },
    outbox: {
      submit: async () => {
        if (!sends) throw new Error('nothing is sent');
        return [];
      },
    },
    author: new ClinicAuthor({ genesisId: new Uint8Array(32), clinic: 1 }, { clock }),
    clock,
    logger: createLogger({ level: 'silent' }),
  });
}

const heldBy = (book: ThreatSignatures): string[] =>
  book.list().map(({ id, row }) => `${toHex(id)} ${toHex(row.definition)} ${row.confirmed}`);

const matchedAt = (book: ThreatSignatures, tag: string, at: number) =>
  book.matcher.match(facts({ path: `/telltale/${tag}/x`, at })).map(({ shadow }) => shadow);

type Step = readonly ['propose' | 'confirm' | 'retire', (typeof CLINICS)[number], (typeof TAGS)[number]];
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('propose', 'confirm', 'retire'),
  fc.constantFrom(...CLINICS),
  fc.constantFrom(...TAGS),
);

function statementOf([what, clinic, tag]: Step, issued: number) {
  if (what === 'propose') return statements.propose(clinic, bytesOf(tag), { issued });
  if (what === 'confirm') return statements.confirm(clinic, objectOf(tag), { issued });
  return statements.retire(clinic, objectOf(tag), 'outdated', { issued });
}

describe('the signatures of a clinic', () => {
  it('property 42: signature sharing: identical byte for byte wherever the chain was followed, in force after the shadow hour, retired ones not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const ledger = new TestLedger();
        const follower = bookOf(() => ledger.state);
        await follower.load();
        for (const one of steps) {
          const execution = ledger.block([{ clinic: one[1], statements: [statementOf(one, ledger.time)] }]);
          const { events } = execution;
          await follower.follow({ disconnected: [], connected: [{ events } as never] });
        }
        const late = bookOf(() => ledger.state);
        await late.load();
        expect(heldBy(late)).toEqual(heldBy(follower));
        for (const tag of TAGS) {
          const held = late.list().find(({ id }) => toHex(id) === toHex(objectOf(tag)));
          for (const book of [follower, late]) {
            if (held === undefined || held.row.confirmed === 0) {
              expect(matchedAt(book, tag, Number.MAX_SAFE_INTEGER)).toEqual([]);
            } else {
              expect(toHex(held.row.definition)).toBe(toHex(bytesOf(tag)));
              expect(matchedAt(book, tag, held.row.confirmed + SHADOW - 1)).toEqual([true]);
              expect(matchedAt(book, tag, held.row.confirmed + SHADOW)).toEqual([false]);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('property 43: new branch synchronisation: whoever begins with nothing, at any height, has the signatures of the oldest member', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 16 }), fc.nat(16), async (steps, joins) => {
        const ledger = new TestLedger();
        const [oldest, newcomer] = [bookOf(() => ledger.state), bookOf(() => ledger.state)];
        await oldest.load();
        for (const [height, one] of steps.entries()) {
          if (height === joins) await newcomer.load();
          const { events } = ledger.block([{ clinic: one[1], statements: [statementOf(one, ledger.time)] }]);
          await oldest.follow({ disconnected: [], connected: [{ events } as never] });
          if (height >= joins) await newcomer.follow({ disconnected: [], connected: [{ events } as never] });
        }
        if (joins >= steps.length) await newcomer.load();
        expect(heldBy(newcomer)).toEqual(heldBy(oldest));
        const ended = (book: ThreatSignatures) =>
          book
            .retired()
            .map(({ id, row }) => `${toHex(id)} ${row.retired}`)
            .sort();
        expect(ended(newcomer)).toEqual(ended(oldest));
        expect(newcomer.revision).toBe(oldest.revision);
        for (const tag of TAGS)
          for (const at of [ledger.time, ledger.time + SHADOW])
            expect(matchedAt(newcomer, tag, at)).toEqual(matchedAt(oldest, tag, at));
      }),
      { numRuns: 40 },
    );
  });

  it('forget what a replaced block confirmed', async () => {
    const ledger = new TestLedger();
    ledger.apply(1, statements.propose(1, bytesOf('one')));
    const before = ledger.state.copy();
    ledger.apply(3, statements.confirm(3, objectOf('one')));
    let state = ledger.state;
    const book = bookOf(() => state);
    await book.load();
    expect(matchedAt(book, 'one', ledger.time + SHADOW)).toEqual([false]);
    state = before;
    await book.follow({ disconnected: [{} as never], connected: [] });
    expect(matchedAt(book, 'one', ledger.time + SHADOW)).toEqual([]);
  });

  it('leave aside bytes that are no definition, and keep the starter set', async () => {
    const ledger = new TestLedger();
    const junk = Uint8Array.of(1, 2, 3);
    ledger.apply(1, statements.propose(1, junk));
    ledger.apply(3, statements.confirm(3, signatureObject(junk)));
    const book = bookOf(() => ledger.state);
    await book.load();
    expect(book.list()).toMatchObject([{ definition: undefined }]);
    expect(book.matcher.match(facts({ path: '/.git/config' }))).not.toEqual([]);
    await expect(book.confirm(signatureObject(junk))).rejects.toMatchObject({ code: 'signature.invalid' });
  });

  it('are not proposed when ordinary requests match them, nor confirmed or retired when they are unknown', async () => {
    const book = bookOf(() => new TestLedger().state);
    const conditions = [{ ...definitionOf('x').conditions[0], literals: ['/appointments'] }];
    await expect(book.propose({ ...definitionOf('x'), conditions })).rejects.toMatchObject({
      code: 'signature.benign',
    });
    await expect(book.propose({ ...definitionOf('x'), points: 31 })).rejects.toMatchObject({
      code: 'signature.invalid',
    });
    await expect(book.confirm(objectOf('x'))).rejects.toMatchObject({ code: 'signature.unknown' });
    await expect(book.retire(objectOf('x'), 'outdated')).rejects.toMatchObject({ code: 'signature.unknown' });
  });

  it('are proposed by machines only as what coordinated attacks are, one an hour, and a refused one counts not', async () => {
    const ledger = new TestLedger();
    const clock = new ManualClock(0);
    const book = bookOf(() => ledger.state, 0, { clock, sends: true });
    const found = (tag: string): SignatureDefinition => ({ ...definitionOf(tag), category: 'coordinated' });
    await expect(book.proposeFound(definitionOf('one'))).rejects.toMatchObject({ code: 'signature.invalid' });
    const ordinary = [{ ...definitionOf('x').conditions[0], literals: ['/appointments'] }];
    await expect(book.proposeFound({ ...found('x'), conditions: ordinary })).rejects.toMatchObject({
      code: 'signature.benign',
    });
    expect((await book.proposeFound(found('one'))).id).toEqual(signatureObject(encodeSignature(found('one'))));
    await expect(book.proposeFound(found('two'))).rejects.toMatchObject({ code: 'signature.too-soon' });
    clock.advance(PROPOSE_EVERY);
    const both = await Promise.allSettled([book.proposeFound(found('two')), book.proposeFound(found('three'))]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);

    // Nothing was sent: the next is not too soon.
    const silent = bookOf(() => ledger.state, 0, { clock });
    for (let i = 0; i < 2; i++) await expect(silent.proposeFound(found('one'))).rejects.toThrow('nothing is sent');
  });

  it('fit one automaton with as many as the network takes, as long as they get', () => {
    const alphabet = [...' !"#$%&()*+,-./0123456789:;<=>?@[]_abcdefghijklmnopqrstuvwxyz{|}~'];
    const longest = Array.from({ length: 240 }, (_, i) => {
      const text = `${String(i).padStart(3, '0')}${alphabet
        .map((_, j) => alphabet[(j * 7 + i) % alphabet.length])
        .join('')
        .repeat(4)}`;
      const conditions = [{ ...definitionOf('x').conditions[0], literals: [text.slice(0, 235)] }];
      return { ...definitionOf('x'), name: 'x', conditions, id: String(i), effectiveFrom: 0 };
    });
    for (const one of longest) expect(encodeSignature(one).length).toBe(256);
    expect(() => new SignatureMatcher([...STARTER_SET, ...longest])).not.toThrow();
  });
});
