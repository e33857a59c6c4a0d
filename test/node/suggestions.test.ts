// Duplicates over real connections: two clinics that registered one person twice, what each learns, and what nobody does.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { systemClock } from '../../common/clock.ts';
import { oprfKeyPair } from '../../common/crypto/oprf.ts';
import { codeOf } from '../../common/errors.ts';
import { encodePatientClinicRow } from '../../consensus/ledger/patients/rows.ts';
import { patientClinicKey } from '../../consensus/ledger/tables.ts';
import { type Demographics, LINK_KINDS, LinkTokens, linkInputs } from '../../identity/patient/link-tokens.ts';
import { formatPid, handleOf } from '../../identity/patient/pid.ts';
import type { MemberSets } from '../../node/members/member-sets.ts';
import { SuggestionStore } from '../../node/patients/suggestion-store.ts';
import {
  decodeAsked,
  decodeTokenAnswer,
  encodeAsked,
  encodeTokenAnswer,
  LINK_TOKENS,
} from '../../node/patients/suggestion-wire.ts';
import { Suggestions } from '../../node/patients/suggestions.ts';
import { localEvaluator } from '../helpers/local-evaluator.ts';
import { MemoryKeyValues } from '../helpers/memory-key-values.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { connect, makeNode, seedOf, silent } from '../p2p/nodes.ts';

const { secretKey } = oprfKeyPair(new Uint8Array(32).fill(4));
const ANNA: Demographics = {
  given: 'Anna-Łucja',
  family: 'Nowak',
  birthDate: '1984-03-05',
  postcode: '4223 ab',
  line: '12 Stanley Street',
  multipleBirth: false,
};
const pid = (fill: number) => formatPid(new Uint8Array(20).fill(fill));
const inputs = (person: Demographics) => new Map(linkInputs(person).map(({ kind, input }) => [kind, toHex(input)]));
const inCommon = (one: Demographics, other: Demographics) => {
  const [a, b] = [inputs(one), inputs(other)];
  return LINK_KINDS.filter((kind) => a.has(kind) && a.get(kind) === b.get(kind));
};

describe('link tokens', () => {
  it('are the same for what people spell, swap and mistype, and not for others', () => {
    expect(inCommon(ANNA, { ...ANNA, given: 'NOWAK', family: 'anna lucja' })).toContain('names-birth-date');
    expect(inCommon(ANNA, { ...ANNA, birthDate: '1984-05-03' })).toEqual(['names-swapped-birth-date', 'names-address']);
    expect(inCommon(ANNA, { ...ANNA, family: 'Nowack' })).toEqual(['given-birth-date-postcode', 'sounds-birth-date']);
    expect(inCommon(ANNA, { ...ANNA, given: 'Berta', family: 'Kowalski' })).toEqual([]);
    expect(inCommon(ANNA, { ...ANNA, given: 'Berta' })).toEqual(['family-birth-date-postcode']);
    // Twins share family, birth date and postcode.
    expect(inCommon({ ...ANNA, multipleBirth: true }, { ...ANNA, given: 'Berta', multipleBirth: true })).toEqual([]);
    // A date that stands for an unknown one says little alone.
    expect([...inputs({ ...ANNA, birthDate: '1980-01-01' }).keys()]).toEqual([
      'family-birth-date-postcode',
      'given-birth-date-postcode',
      'names-address',
    ]);
  });

  it('are computed of any text at all', () => {
    const text = fc.option(fc.string({ unit: 'binary' }), { nil: undefined });
    fc.assert(
      fc.property(
        text,
        text,
        text,
        text,
        text,
        fc.boolean(),
        (given, family, birthDate, postcode, line, multipleBirth) => {
          const all = linkInputs({ given, family, birthDate, postcode, line, multipleBirth });
          expect(new Set(all.map(({ kind }) => kind)).size).toBe(all.length);
        },
      ),
      { numRuns: 20 },
    );
  });
});

interface Side {
  readonly found: SuggestionStore;
  readonly suggestions: Suggestions;
  readonly node: ReturnType<typeof makeNode>;
  readonly rows: MemoryKeyValues;
  readonly all: () => Promise<{ own: string; other: string; clinic: number; kinds: number }[]>;
}

describe('the search for duplicates', { timeout: 180_000 }, () => {
  it('tells both clinics of a patient that each registered, once and without any name, and asks about nobody else', async () => {
    const attached = new Map<string, Uint8Array>();
    const linked = new Set<string>();
    const members = {
      current: { clinics: [1, 2].map((number) => ({ number, nodeKey: signingKeyPair(seedOf(number)).publicKey })) },
    } as unknown as MemberSets;
    const attach = (fill: number, clinic: number) => {
      const row = encodePatientClinicRow({
        ...{ attached: true, version: 1, ended: 0, changed: 0, statement: new Uint8Array(32) },
      });
      attached.set(toHex(patientClinicKey(handleOf(pid(fill)), clinic)), row);
    };
    const start = async (clinic: number): Promise<Side> => {
      const node = makeNode({ number: clinic, protocols: [LINK_TOKENS] });
      const rows = new MemoryKeyValues();
      const found = new SuggestionStore(
        { storageKey: new Uint8Array(32).fill(clinic) },
        { store: rows, now: () => 1_000 },
      );
      const suggestions = new Suggestions(
        { clinic },
        {
          ...{ found, members, network: node.network, clock: systemClock, logger: silent },
          tokens: new LinkTokens({ evaluator: localEvaluator(secretKey) }),
          links: {
            linked: async ([one, other]) => (linked.has(toHex(one) + toHex(other)) ? ({} as never) : undefined),
          },
          store: { states: async (keys) => keys.map((key) => attached.get(toHex(key))) },
          blame: () => {},
        },
      );
      await node.network.start();
      suggestions.start();
      const all = async () =>
        (await found.suggestions(undefined, 100)).map(({ own, other, clinic: at, kinds }) => ({
          ...{ own: toHex(own), other: toHex(other), clinic: at, kinds },
        }));
      return { found, suggestions, node, rows, all };
    };
    const [one, two] = [await start(1), await start(2)];
    const other: Demographics = { ...ANNA, family: 'Nowack', line: undefined };
    const kinds = (1 << 2) | (1 << 3);
    attach(1, 1);
    attach(3, 1);
    await one.suggestions.add(pid(1), ANNA);
    await one.suggestions.add(pid(3), { ...ANNA, given: 'Berta', birthDate: '1990-07-07' });
    // Clinic 2's registration is not in a block yet.
    await two.suggestions.add(pid(2), other);
    await connect(one.node.network, two.node.network);
    await waitFor(async () => (await one.found.askedUpTo(2)) === 2, { what: 'clinic 1 has asked' });
    const own = toHex(handleOf(pid(1)));
    const theirs = toHex(handleOf(pid(2)));
    await waitFor(async () => (await two.all()).length === 1, { what: 'clinic 2 knows' });
    expect(await one.all()).toEqual([{ own, other: theirs, clinic: 2, kinds }]);
    expect(await two.all()).toEqual([{ own: theirs, other: own, clinic: 1, kinds }]);
    expect(await two.found.askedUpTo(1)).toBe(0);

    // A duplicate within the clinic itself.
    attach(4, 1);
    await one.suggestions.add(pid(4), { ...ANNA, postcode: undefined, line: undefined });
    await waitFor(async () => (await one.all()).length >= 2, { what: 'the own duplicate' });
    expect(await one.all()).toContainEqual(
      expect.objectContaining({ own: toHex(handleOf(pid(4))), other: own, clinic: 1 }),
    );
    const [decided] = await one.found.suggestions(undefined, 1);
    await one.found.dismiss(decided);
    expect(await one.found.suggestion(decided.id)).toMatchObject({ dismissed: true });
    for (const [key] of one.rows.rows) expect(key).not.toContain(toHex(new TextEncoder().encode('Nowak')));
    await one.suggestions.stop();
    await two.suggestions.stop();
  });
});

describe('a patient who is dropped while tokens are computed', () => {
  it('has none afterwards, no suggestion and nothing that waits; another batch goes on', async () => {
    const rows = new MemoryKeyValues();
    const found = new SuggestionStore({ storageKey: seedOf(9) }, { store: rows, now: () => 1 });
    const match = { own: handleOf(pid(1)), other: handleOf(pid(2)), clinic: 2, kinds: 1 };
    const tokens = [{ kind: LINK_KINDS[0], token: randomBytes(16) }];
    await found.wait({ pid: pid(1), demographics: ANNA });
    await found.drop(pid(1));
    await found.keep(pid(1), tokens, [match]);
    await found.suggest(match);
    expect(rows.rows.size).toBe(0);
    await found.wait({ pid: pid(1), demographics: ANNA });
    // Asked for at once: one after the other.
    await Promise.all([found.keep(pid(1), tokens, [match]), found.drop(pid(1)), found.suggest(match)]);
    expect(rows.rows.size).toBe(0);
    await found.wait({ pid: pid(1), demographics: ANNA });
    await found.keep(pid(1), tokens, [match]);
    expect(await found.suggestions(undefined, 10)).toHaveLength(1);
  });
});

describe('bytes of the search', () => {
  it('come back as they were; others are refused by a code', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    const tokens = fc
      .subarray([...LINK_KINDS], { minLength: 1 })
      .chain((kinds) => fc.tuple(...kinds.map((kind) => fc.record({ kind: fc.constant(kind), token: bytes(16) }))));
    fc.assert(
      fc.property(fc.array(fc.record({ handle: bytes(32), tokens }), { minLength: 1, maxLength: 32 }), (asked) => {
        expect(decodeAsked(encodeAsked(asked))).toEqual(asked);
      }),
      { numRuns: 30 },
    );
    const match = fc.record({ index: fc.nat(4), handle: bytes(32), kinds: fc.integer({ min: 1, max: 63 }) });
    fc.assert(
      fc.property(fc.array(match, { maxLength: 20 }), (matches) => {
        const answer = { done: 5, matches };
        expect(decodeTokenAnswer(encodeTokenAnswer(answer), 5)).toEqual(answer);
        expect(() => decodeTokenAnswer(encodeTokenAnswer(answer), 4)).toThrow();
      }),
      { numRuns: 30 },
    );
    for (const decode of [decodeAsked, (given: Uint8Array) => decodeTokenAnswer(given, 32)]) {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 120 }), (given) => {
          try {
            decode(given);
          } catch (error) {
            expect(codeOf(error)).toMatch(/^codec\./);
          }
        }),
        { numRuns: 200 },
      );
    }
  });
});
