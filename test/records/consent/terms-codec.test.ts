import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import { codeOf } from '../../../common/errors.ts';
import type { Actor, Terms } from '../../../records/consent/terms.ts';
import { decodeTerms, encodeTerms, MAX_TERMS_BYTES } from '../../../records/consent/terms-codec.ts';
import { terms } from './arbitrary.ts';
import { consent, idOf } from './asking.ts';

const reversed = ({ provision, ...rest }: Terms): Terms => ({
  ...rest,
  provision: {
    ...provision,
    actors: [...provision.actors, ...provision.actors].reverse(),
    purposes: [...provision.purposes].reverse(),
    data: {
      ...provision.data,
      categories: [...provision.data.categories].reverse(),
      labels: [...provision.data.labels].reverse(),
      items: [...provision.data.items].reverse(),
    },
    exceptions: [...provision.exceptions].reverse(),
  },
});

function refused(bytes: Uint8Array): string | undefined {
  try {
    decodeTerms(bytes);
    return undefined;
  } catch (error) {
    if (error instanceof CodecError) return codeOf(error);
    throw error;
  }
}

describe('terms as bytes', () => {
  it('come back as they were, and whatever was read encodes to the same bytes', () => {
    fc.assert(
      fc.property(terms(), (given) => {
        const bytes = encodeTerms(given);
        const read = decodeTerms(bytes);
        expect(toHex(encodeTerms(read))).toBe(toHex(bytes));
        expect(read.provision.period).toEqual(given.provision.period);
        expect(read.provision.exceptions.length).toBeLessThanOrEqual(given.provision.exceptions.length);
        expect({ ...read, provision: 0 }).toEqual({ ...given, provision: 0 });
      }),
      { numRuns: 200 },
    );
  });

  it('are the same however their lists are ordered and whatever stands in them twice', () => {
    fc.assert(
      fc.property(terms(), (given) => {
        expect(toHex(encodeTerms(reversed(given)))).toBe(toHex(encodeTerms(given)));
      }),
      { numRuns: 100 },
    );
  });

  it('never make the decoder throw anything but a coded error, changed at any byte, cut or lengthened', () => {
    const mutated = fc.tuple(terms(), fc.nat(), fc.integer({ min: 0, max: 255 }), fc.constantFrom('set', 'cut', 'add'));
    fc.assert(
      fc.property(mutated, ([given, place, value, how]) => {
        const bytes = encodeTerms(given);
        const at = place % bytes.length;
        if (how === 'cut') expect(refused(bytes.subarray(0, at))).toMatch(/^codec\./);
        else if (how === 'add') expect(refused(Uint8Array.of(...bytes, value))).toMatch(/^codec\./);
        else {
          const changed = Uint8Array.from(bytes);
          changed[at] = value;
          // What is still accepted has exactly one encoding.
          if (refused(changed) === undefined) expect(toHex(encodeTerms(decodeTerms(changed)))).toBe(toHex(changed));
        }
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        refused(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it('fit into a sealed attachment or are refused when they are written', () => {
    const items = Array.from({ length: 64 }, (_, n) => ({ kind: 'record' as const, id: idOf(`${n}`) }));
    const data = { categories: [], written: {}, labels: [], items };
    const one = consent({ data }).terms;
    expect(encodeTerms(one).length).toBeLessThan(MAX_TERMS_BYTES);
    const two = consent({ data, exceptions: [{ ...one.provision, data }] }).terms;
    expect(() => encodeTerms(two)).toThrow('codec.length');
    expect(refused(new Uint8Array(MAX_TERMS_BYTES + 1))).toBe('codec.length');
  });

  it('hold scopes of SMART v2 only', () => {
    const application = (scope: string): Actor => ({ kind: 'application', id: idOf('app'), scopes: [scope] });
    const write = (scope: string) => encodeTerms(consent({ actors: [application(scope)] }).terms);
    expect(() => write('patient/Observation.rs?category=laboratory')).not.toThrow();
    for (const scope of ['patient/Observation.read', 'patient/Observation.sr', 'launch', 'patient/Observation.']) {
      expect(() => write(scope)).toThrow('codec.value');
    }
  });
});
