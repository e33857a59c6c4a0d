import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePart, encodePart, isPartName, MAX_PART_BYTES } from '../../../identity/people/part-codec.ts';
import { MAX_PHOTO_BYTES } from '../../../identity/people/part-values.ts';
import type { Part } from '../../../identity/people/types.ts';
import { MAX_VAULT_BYTES } from '../../../identity/vault/file.ts';
import { profile } from '../../../rpc/schema/people.ts';
import { anyPart, PART_KINDS, partOf } from './generators.ts';

const utf8 = new TextEncoder();
const malformed = expect.objectContaining({ code: 'people.part' });
const user = '0123456789abcdef0123456789abcdef';
const at = { time: 1, counter: 0, clinic: 1 };

const decodeJson = (value: unknown) => decodePart(utf8.encode(JSON.stringify(value)));

describe('parts as bytes', () => {
  it.each(PART_KINDS)('come back as they were: %s', (kind) => {
    fc.assert(
      fc.property(partOf(kind), (part) => {
        const bytes = encodePart(part);
        expect(decodePart(bytes)).toEqual(part);
        expect(encodePart(decodePart(bytes))).toEqual(bytes);
      }),
      { numRuns: 30 },
    );
  });

  it('have room for whatever the doors take as a profile', () => {
    const [english, full] = ['en', `${'a'.repeat(8)}${'-12345678'.repeat(3)}`];
    const names = { displayName: 'é'.repeat(200), familyName: 'f'.repeat(200), givenName: 'g'.repeat(200) };
    const email = `${'m'.repeat(242)}@example.org`;
    const largest = { title: 't'.repeat(200), birthDate: '1980-02-29', email, phone: '1'.repeat(64), language: full };
    for (const given of [
      { ...names, language: english },
      { ...names, ...largest },
    ]) {
      const value = profile.parse(given);
      expect(decodePart(encodePart({ user, name: 'profile', stamp: at, value } as Part)).value).toEqual(given);
    }
    expect(Object.keys({ ...names, ...largest }).sort()).toEqual(Object.keys(profile.shape).sort());
  });

  it('are refused with a code, whatever else they are', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => utf8.encode(text)),
      fc
        .record({ user: fc.constant(user), name: fc.string(), stamp: fc.jsonValue(), value: fc.jsonValue() })
        .map((value) => utf8.encode(JSON.stringify(value))),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        expect(() => decodePart(input)).toThrow(malformed);
      }),
    );
  });

  it('are refused when any member is missing, foreign or of another kind', () => {
    fc.assert(
      fc.property(anyPart, fc.string({ minLength: 1, maxLength: 12 }), fc.nat(), (part, name, pick) => {
        const whole = JSON.parse(JSON.stringify(part));
        fc.pre(
          whole.value !== null && part.name !== 'uses' && !Object.hasOwn(whole.value, name) && name !== '__proto__',
        );
        expect(() => decodeJson({ ...whole, [name]: 1 })).toThrow(malformed);
        expect(() => decodeJson({ ...whole, value: { ...whole.value, [name]: 1 } })).toThrow(malformed);
        const members = Object.keys(whole.value);
        const member = members[pick % members.length];
        expect(() => decodeJson({ ...whole, value: { ...whole.value, [member]: { a: [] } } })).toThrow(malformed);
        const { stamp: _, ...bare } = whole;
        expect(() => decodeJson(bare)).toThrow(malformed);
      }),
    );
  });

  it('never reach a prototype', () => {
    const texts = [
      `{"user":"${user}","name":"uses","stamp":{"time":1,"counter":0,"clinic":1},"value":{"__proto__":{"mark":1,"at":1}}}`,
      `{"user":"${user}","name":"__proto__","stamp":{"time":1,"counter":0,"clinic":1},"value":{}}`,
      `{"user":"${user}","name":"constructor","stamp":{"time":1,"counter":0,"clinic":1},"value":{}}`,
      `{"__proto__":{"user":"${user}","name":"uses","stamp":{"time":1,"counter":0,"clinic":1},"value":{}}}`,
      `{"user":"${user}","name":"preferences","stamp":{"time":1,"counter":0,"clinic":1},"value":{"mail":{"__proto__":true}}}`,
      `{"user":"${user}","name":"profile","stamp":{"time":1,"counter":0,"clinic":1},"value":{"__proto__":{"displayName":"x"},"displayName":"","familyName":"","givenName":"","language":"en"}}`,
    ];
    for (const text of texts) {
      try {
        const part = decodePart(utf8.encode(text));
        expect(JSON.stringify(part)).not.toContain('__proto__');
        expect(Object.getPrototypeOf(part.value)).toBe(Object.prototype);
      } catch (error) {
        expect(error).toEqual(malformed);
      }
    }
    for (const name of ['mark', 'mail', 'displayName', 'user']) expect({}).not.toHaveProperty(name);
  });

  it('have bounds: the largest photo and vault fit, more of either does not', () => {
    const part = (name: string, value: object) => ({ user, name, stamp: at, value }) as unknown as Part;
    const photo = (bytes: number) =>
      part('photo', { type: 'image/png', bytes: Buffer.alloc(bytes).toString('base64') });
    const vault = (length: number) => part('vault', { version: 1, vault: 'v'.repeat(length) });
    expect(encodePart(photo(MAX_PHOTO_BYTES)).length).toBeLessThan(MAX_PART_BYTES);
    expect(encodePart(vault(MAX_VAULT_BYTES)).length).toBeLessThan(MAX_PART_BYTES);
    expect(() => encodePart(photo(MAX_PHOTO_BYTES + 3))).toThrow(malformed);
    expect(() => encodePart(vault(MAX_VAULT_BYTES + 1))).toThrow(malformed);
    expect(() => decodePart(new Uint8Array(MAX_PART_BYTES + 1).fill(0x20))).toThrow(malformed);
    expect(() => decodePart(utf8.encode('['.repeat(MAX_PART_BYTES)))).toThrow(malformed);
  });

  it.each([
    '',
    'passkey',
    'passkey/',
    'passkey/p-1',
    'wallet/0x12',
    'approval/../x',
    'toString',
    'person/1',
    'passkey/p-0000000000000000000000/x',
  ])('have no other names: %j', (name) => {
    expect(isPartName(name)).toBe(false);
  });

  it('say of what they are in one place: a passkey under the name of another is refused', () => {
    fc.assert(
      fc.property(partOf('passkey'), (part) => {
        fc.pre(part.value !== null);
        expect(() => encodePart({ ...part, name: 'passkey/p-0000000000000000000000' })).toThrow(malformed);
      }),
    );
  });
});
