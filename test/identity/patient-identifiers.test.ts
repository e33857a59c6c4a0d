import { hkdfSync, scryptSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../common/bytes.ts';
import { oprfBlind, oprfEvaluate, oprfFinalize, oprfKeyPair } from '../../common/crypto/oprf.ts';
import { documentInput, normaliseDocument } from '../../identity/patient/document.ts';
import type { IdentifierEvaluator } from '../../identity/patient/evaluator.ts';
import { PatientIdentifiers, type PidCache } from '../../identity/patient/patient-identifiers.ts';
import { formatPid, handleOf, looksLikePid, parsePid, pidBytes } from '../../identity/patient/pid.ts';
import { SealedPidCache } from '../../identity/patient/pid-cache.ts';
import { localEvaluator } from '../helpers/local-evaluator.ts';
import { MemoryKeyValues } from '../helpers/memory-key-values.ts';
import vectors from '../vectors/pid-1.json' with { type: 'json' };
import { spelling, typedDocument } from './generators.ts';

const CHEAP = { N: 2, r: 1, p: 1 };
const secretKey = fromHex(vectors.identifiers.secretKey);
const publicKey = fromHex(vectors.identifiers.publicKey);
const ssn = { country: 'US', type: 'ssn', number: '523-45-6789' };
const storageKey = new Uint8Array(32).fill(3);

const clinic = (evaluator: IdentifierEvaluator = localEvaluator(secretKey)) =>
  new PatientIdentifiers({ scrypt: CHEAP }, { evaluator });

describe('patient identifiers', () => {
  it('gives the published vectors at the real cost, and computes them as the design says', async () => {
    const identifiers = new PatientIdentifiers({}, { evaluator: localEvaluator(secretKey) });
    const cases = vectors.identifiers.cases.slice(0, 2);
    const pids = await identifiers.pidsOf(cases);
    expect(pids).toEqual(cases.map(({ pid }) => pid));
    expect(pids.map((pid) => toHex(handleOf(pid)))).toEqual(cases.map(({ handle }) => handle));
    const input = documentInput(normaliseDocument(cases[0]));
    const { blind, blinded } = oprfBlind(input);
    const y = oprfFinalize(input, blind, oprfEvaluate(secretKey, blinded));
    const slow = scryptSync(y, 'wardmesh/pid/1', 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 });
    expect(toHex(pidBytes(cases[0].pid))).toBe(toHex(new Uint8Array(hkdfSync('sha256', slow, '', 'pid/1', 20))));
  });

  it('property 2: patient id determinism: every spelling gives the same identifier at every clinic', async () => {
    await fc.assert(
      fc.asyncProperty(
        typedDocument.chain((typed) => fc.tuple(fc.constant(typed), spelling(typed))),
        async ([typed, spelled]) => {
          expect(await clinic().pidOf(spelled)).toBe(await clinic().pidOf(typed));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('property 1: patient id uniqueness: different documents never give one identifier', async () => {
    const documents = fc.uniqueArray(typedDocument, {
      selector: ({ country, type, number }) => `${country}|${type}|${number}`,
      minLength: 2,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(documents, async (list) => {
        const pids = await clinic().pidsOf(list);
        expect(new Set(pids).size).toBe(list.length);
        expect(new Set(pids.map((pid) => toHex(handleOf(pid)))).size).toBe(list.length);
      }),
      { numRuns: 20 },
    );
  });

  it('gives other identifiers under another key and another cost: nothing of it is a plain hash', async () => {
    const other = oprfKeyPair(new Uint8Array(32).fill(8));
    const pid = await clinic().pidOf(ssn);
    expect(await clinic(localEvaluator(other.secretKey)).pidOf(ssn)).not.toBe(pid);
    const costlier = new PatientIdentifiers({ scrypt: { N: 4, r: 1, p: 1 } }, { evaluator: localEvaluator(secretKey) });
    expect(await costlier.pidOf(ssn)).not.toBe(pid);
  });

  it('property 5: privacy preservation: the evaluator sees other elements each time it is asked for one number', async () => {
    const seen: string[] = [];
    const local = localEvaluator(secretKey);
    const evaluator: IdentifierEvaluator = {
      mode: 'watched',
      key: publicKey,
      evaluate: (blinded) => {
        seen.push(...blinded.map(toHex));
        return local.evaluate(blinded);
      },
    };
    const pids = [await clinic(evaluator).pidOf(ssn), await clinic(evaluator).pidOf(ssn)];
    expect(new Set(pids).size).toBe(1);
    expect(new Set(seen).size).toBe(2);
    expect(clinic(evaluator).mode).toBe('watched');
  });

  it('refuses more than a batch, and an evaluator that leaves one out', async () => {
    await expect(clinic().pidsOf(Array.from({ length: 257 }, () => ssn))).rejects.toMatchObject({
      code: 'identifier.busy',
    });
    const silent: IdentifierEvaluator = { mode: 'silent', key: publicKey, evaluate: async () => [] };
    await expect(clinic(silent).pidOf(ssn)).rejects.toMatchObject({ code: 'identifier.evaluation' });
    const liar: IdentifierEvaluator = {
      mode: 'liar',
      key: publicKey,
      evaluate: async () => [new Uint8Array(32).fill(255)],
    };
    await expect(clinic(liar).pidOf(ssn)).rejects.toMatchObject({ code: 'crypto.input' });
  });

  it('forgets what was computed under another key of the network, and answers nothing while it changes', async () => {
    const store = new MemoryKeyValues();
    const cache = new SealedPidCache({ storageKey }, { store });
    const other = oprfKeyPair(new Uint8Array(32).fill(8));
    let evaluator = localEvaluator(other.secretKey);
    let meanwhile = (): void => {};
    const switching: IdentifierEvaluator = {
      mode: 'switching',
      get key() {
        return evaluator.key;
      },
      evaluate: async (blinded) => {
        const evaluated = await evaluator.evaluate(blinded);
        meanwhile();
        return evaluated;
      },
    };
    const identifiers = new PatientIdentifiers({ scrypt: CHEAP, storageKey }, { evaluator: switching, cache });
    const before = await identifiers.pidOf(ssn);
    evaluator = localEvaluator(secretKey);
    expect(await identifiers.pidOf(ssn)).toBe(await clinic().pidOf(ssn));
    expect(await identifiers.pidOf(ssn)).not.toBe(before);
    meanwhile = () => {
      evaluator = localEvaluator(other.secretKey);
    };
    const late = identifiers.pidOf({ ...ssn, number: '523-45-6790' });
    await expect(late).rejects.toMatchObject({ code: 'identifier.evaluation' });
  });

  it('lets other work in while a batch is computed', async () => {
    let turns = 0;
    let over = false;
    const count = () => {
      turns++;
      if (!over) setImmediate(count);
    };
    setImmediate(count);
    const documents = Array.from({ length: 64 }, (_, i) => ({ ...ssn, number: String(523_450_001 + i) }));
    await clinic().pidsOf(documents);
    over = true;
    expect(turns).toBeGreaterThanOrEqual(21);
  });

  it('asks no evaluator for a number that is refused', async () => {
    const never: IdentifierEvaluator = {
      mode: 'never',
      key: publicKey,
      evaluate: () => Promise.reject(new Error('asked')),
    };
    await expect(clinic(never).pidsOf([ssn, { ...ssn, number: '12' }])).rejects.toMatchObject({
      code: 'identifier.length',
    });
  });
});

describe('identifier cache', () => {
  const cached = (store: MemoryKeyValues, evaluator: IdentifierEvaluator) => {
    const cache: PidCache = new SealedPidCache({ storageKey }, { store });
    return new PatientIdentifiers({ scrypt: CHEAP, storageKey }, { evaluator, cache });
  };
  const nobody: IdentifierEvaluator = {
    mode: 'away',
    key: publicKey,
    evaluate: () => Promise.reject(new Error('away')),
  };

  it('knows known patients while no evaluator is reachable', async () => {
    const store = new MemoryKeyValues();
    const pid = await cached(store, localEvaluator(secretKey)).pidOf(ssn);
    expect(await cached(store, nobody).pidOf({ ...ssn, number: '523456789' })).toBe(pid);
    await expect(cached(store, nobody).pidOf({ ...ssn, number: '523456788' })).rejects.toThrow('away');
  });

  it('keeps neither number nor identifier readable, and computes again what does not open', async () => {
    const store = new MemoryKeyValues();
    const pid = await cached(store, localEvaluator(secretKey)).pidOf(ssn);
    const [[key, row]] = store.rows;
    const secrets = [pidBytes(pid), new TextEncoder().encode(pid), new TextEncoder().encode('523456789')];
    for (const secret of secrets) expect(key + toHex(row)).not.toContain(toHex(secret));
    store.rows.set(key, row.with(20, row[20] ^ 1));
    await expect(cached(store, nobody).pidOf(ssn)).rejects.toThrow('away');
  });

  it('is refused without a key to name its entries', () => {
    const modules = { evaluator: nobody, cache: new SealedPidCache({ storageKey }, { store: new MemoryKeyValues() }) };
    expect(() => new PatientIdentifiers({}, modules)).toThrow(RangeError);
  });
});

describe('form of an identifier', () => {
  const bytes20 = fc.uint8Array({ minLength: 20, maxLength: 20 });

  it('reads back from any case and grouping', () => {
    fc.assert(
      fc.property(bytes20, fc.nat(41), fc.constantFrom(' ', '-', '\n'), (bytes, at, separator) => {
        const pid = formatPid(bytes);
        expect(pid).toMatch(/^pid1[a-z0-9]{38}$/);
        expect(pidBytes(pid)).toEqual(bytes);
        expect(parsePid(` ${pid.toUpperCase()} `)).toBe(pid);
        expect(parsePid(pid.slice(0, at) + separator + pid.slice(at))).toBe(pid);
        expect(looksLikePid(pid)).toBe(true);
      }),
    );
  });

  it('finds every typing error of up to three characters, and two exchanged neighbours', () => {
    const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
    const change = fc.tuple(fc.integer({ min: 4, max: 41 }), fc.constantFrom(...alphabet));
    fc.assert(
      fc.property(
        bytes20,
        fc.array(change, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 4, max: 40 }),
        (bytes, changes, at) => {
          const pid = formatPid(bytes);
          const typed = [...pid];
          for (const [place, character] of changes) typed[place] = character;
          const swapped = pid.slice(0, at) + pid[at + 1] + pid[at] + pid.slice(at + 2);
          for (const wrong of [typed.join(''), swapped]) {
            if (wrong === pid) continue;
            expect(() => parsePid(wrong)).toThrow(expect.objectContaining({ code: 'identifier.pid' }));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuses other lengths, prefixes, checksums and any other text', () => {
    const texts = [
      '',
      'pid1',
      'pid1qqqq',
      'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
      '523456789',
      'x'.repeat(10_000),
    ];
    for (const text of texts) expect(() => parsePid(text)).toThrow(expect.objectContaining({ code: 'identifier.pid' }));
    expect(() => formatPid(new Uint8Array(19))).toThrow(expect.objectContaining({ code: 'identifier.pid' }));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(() => handleOf(text)).toThrow(expect.objectContaining({ code: 'identifier.pid' }));
      }),
    );
  });
});
