import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bundleResourceTexts } from '../../care/fhir/bundle-text.ts';
import { MAX_JSON_DEPTH, parseJson } from '../../care/fhir/json.ts';
import { ndjsonLines } from '../../care/fhir/ndjson.ts';
import { readPatient } from '../../care/fhir/patient.ts';
import { documentsOf } from '../../identity/patient/fhir-documents.ts';

const read = (json: unknown) => readPatient(json, (identifiers) => documentsOf(identifiers, 'US'));
const utf8 = (text: string) => new TextEncoder().encode(text);

const SSN = { system: 'http://hl7.org/fhir/sid/us-ssn', value: '999-77-2159' };
const patient = {
  resourceType: 'Patient',
  id: 'p1',
  identifier: [SSN],
  name: [{ family: "O'Keefe", given: ['Ana', null], _given: [null, { extension: [] }] }],
  gender: 'female',
  birthDate: '1925-06',
  deceasedDateTime: '1978-01-01T16:42:19-05:00',
  extension: [{ url: 'http://example.org/unknown', valueDecimal: 0.5 }],
  futureElement: { anything: [1, 2] },
};

describe('reading a Patient', () => {
  it('gives the identity documents and the very resource, unknown elements and extensions included', () => {
    const reading = read(patient);
    expect(reading).toMatchObject({
      kind: 'patient',
      identifiers: [{ country: 'US', type: 'ssn', number: '999772159' }],
    });
    expect(reading.kind === 'patient' && reading.resource).toBe(patient);
  });

  it('tells other resources from what is no resource', () => {
    expect(read({ resourceType: 'Device' })).toEqual({ kind: 'other', resourceType: 'Device' });
    for (const json of [null, 1, 'Patient', [], {}, [patient], { resourceType: 7 }, { resourceType: '<x>' }]) {
      expect(read(json)).toEqual({ kind: 'skipped', skip: { code: 'fhir.not-a-resource' } });
    }
  });

  it('says where a Patient breaks FHIR and never what stands there', () => {
    const broken: [object, string][] = [
      [{ identifier: SSN }, 'Patient.identifier'],
      [{ identifier: [{ ...SSN, value: 999772159 }] }, 'Patient.identifier.0.value'],
      [{ identifier: [null] }, 'Patient.identifier.0'],
      [{ birthDate: '26.06.1925' }, 'Patient.birthDate'],
      [{ gender: 'F' }, 'Patient.gender'],
      [{ id: 'a b' }, 'Patient.id'],
      [{ name: 'Koch' }, 'Patient.name'],
      [{ deceasedBoolean: false }, 'Patient.deceased'],
    ];
    for (const [change, path] of broken) {
      expect(read({ ...patient, ...change })).toEqual({ kind: 'skipped', skip: { code: 'fhir.invalid', path } });
    }
  });

  it('skips who has no accepted identity number, with the reasons', () => {
    const identifier = [
      { ...SSN, value: '000-00-0000' },
      { ...SSN, value: '12' },
      { system: 'http://example.org/loyalty-card', value: '4711-0815' },
    ];
    const reasons = ['identifier.placeholder', 'identifier.length'];
    expect(read({ ...patient, identifier })).toEqual({ kind: 'skipped', skip: { code: 'fhir.no-identity', reasons } });
    expect(read({ ...patient, identifier: undefined })).toMatchObject({
      skip: { code: 'fhir.no-identity', reasons: [] },
    });
  });

  it('skips depth, size and prototype keys before it looks at anything', () => {
    const deep = (depth: number) => `${'[1,'.repeat(depth)}1${']'.repeat(depth)}`;
    const nested = (depth: number) => `{"resourceType":"Patient","x":${deep(depth)}}`;
    expect(parseJson(nested(MAX_JSON_DEPTH - 2))).toHaveProperty('json');
    expect(parseJson(nested(MAX_JSON_DEPTH))).toEqual({ skip: { code: 'fhir.too-deep' } });
    expect(parseJson(nested(200_000))).toHaveProperty('skip');
    expect(read(JSON.parse(nested(5_000)))).toEqual({ kind: 'skipped', skip: { code: 'fhir.too-deep' } });
    const polluted = '{"resourceType":"Patient","identifier":[{"__proto__":{"value":"1"}}]}';
    expect(parseJson(polluted)).toEqual({ skip: { code: 'fhir.key' } });
    expect(read(JSON.parse(polluted))).toEqual({ kind: 'skipped', skip: { code: 'fhir.key' } });
    expect(read(JSON.parse('{"resourceType":"Patient","constructor":{"prototype":1}}'))).toMatchObject({
      kind: 'skipped',
    });
    expect(read(JSON.parse(`[${'0,'.repeat(1_000_001)}0]`))).toEqual({
      kind: 'skipped',
      skip: { code: 'fhir.too-large' },
    });
    expect(parseJson('{"a":')).toEqual({ skip: { code: 'fhir.json' } });
  });

  it('never throws on any JSON, nor on a Patient with any part replaced', () => {
    const paths = ['identifier', 'name', 'gender', 'id', 'extension', 'birthDate', 'link', 'active', 'resourceType'];
    const anyPatient = fc
      .tuple(fc.subarray(paths), fc.jsonValue({ maxDepth: 4 }))
      .map(([keys, value]) => ({ ...patient, ...Object.fromEntries(keys.map((key) => [key, value])) }));
    const anyIdentifier = fc
      .dictionary(fc.constantFrom('system', 'value', 'use', 'type', 'period'), fc.jsonValue({ maxDepth: 3 }))
      .map((identifier) => ({ ...patient, identifier: [identifier, SSN] }));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), anyPatient, anyIdentifier), (json) => {
        const { kind } = read(json);
        expect(['patient', 'other', 'skipped']).toContain(kind);
      }),
      { numRuns: 1_000 },
    );
  });

  it('property 5: privacy preservation: no skip reason repeats anything of the resource', () => {
    const secret = 'Herminia75Koch169';
    const hide = fc.constantFrom('identifier', 'name', 'gender', 'id', 'birthDate', 'link', 'active', secret);
    fc.assert(
      fc.property(
        hide,
        fc.constantFrom<unknown>(secret, [secret], { [secret]: secret }, [{ [secret]: [secret] }]),
        (key, value) => {
          const reading = read({ ...patient, identifier: [{ ...SSN, value: secret }], [key]: value });
          if (reading.kind === 'skipped') expect(JSON.stringify(reading)).not.toContain(secret);
        },
      ),
    );
  });
});

describe('resources of a file', () => {
  it('keeps the original text of each resource of a Bundle', () => {
    const resource = '{ "resourceType":"Observation", "value": 70.50, "note":"a\\"}]{", "n": [ [1e2], {} ] }';
    const text = `\ufeff { "type":"batch", "x": -1.0 , "entry" : [ {"fullUrl":"u","resource": ${resource} }, {"request":{}},\n{"resource":{}}\n] }`;
    expect(bundleResourceTexts(text)).toEqual([resource, '{}']);
    expect(bundleResourceTexts('{"resourceType":"Patient"}')).toBeUndefined();
    expect(bundleResourceTexts('[1]')).toBeUndefined();
  });

  it('finds in any Bundle text exactly what parsing finds', () => {
    const key = fc.oneof(fc.constantFrom('resource', 'entry', 'a"b', '\\'), fc.string({ maxLength: 3 }));
    const item = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.dictionary(key, fc.jsonValue({ maxDepth: 3 })));
    fc.assert(
      fc.property(
        fc.array(item),
        fc.constantFrom(undefined, 1, '\t'),
        fc.jsonValue({ maxDepth: 2 }),
        (entry, indent, other) => {
          const text = JSON.stringify({ other, entry, last: other }, undefined, indent);
          const expected = (JSON.parse(text).entry as unknown[])
            .filter(
              (value) =>
                typeof value === 'object' &&
                value !== null &&
                !Array.isArray(value) &&
                Object.hasOwn(value, 'resource'),
            )
            .map((value) => (value as { resource: unknown }).resource);
          expect(bundleResourceTexts(text)?.map((slice) => JSON.parse(slice))).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('NDJSON lines', () => {
  async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
    let at = 0;
    for (let i = 0; at < bytes.length; i++) {
      const size = Math.max(1, sizes[i % sizes.length] ?? bytes.length);
      yield bytes.subarray(at, at + size);
      at += size;
    }
  }

  async function lines(bytes: Uint8Array, sizes: readonly number[] = [], limit?: number): Promise<[number, string][]> {
    const out: [number, string][] = [];
    for await (const line of ndjsonLines(chunked(bytes, sizes), limit)) {
      out.push([line.line, 'skip' in line ? line.skip.code : line.text]);
    }
    return out;
  }

  it('numbers lines from 1, leaves blank ones out and needs no newline at the end', async () => {
    expect(await lines(utf8('\ufeff{}\r\n\n  \n{"a":1}'))).toEqual([
      [1, '{}'],
      [4, '{"a":1}'],
    ]);
    expect(await lines(utf8(''))).toEqual([]);
  });

  it('passes over a line that is too long or no UTF-8, and goes on', async () => {
    const bytes = new Uint8Array([...utf8('a\n'), ...new Uint8Array(50).fill(65), 10, 0xff, 10, ...utf8('b')]);
    for (const sizes of [[1], [7], [1000]]) {
      expect(await lines(bytes, sizes, 20)).toEqual([
        [1, 'a'],
        [2, 'fhir.too-large'],
        [3, 'fhir.json'],
        [4, 'b'],
      ]);
    }
  });

  it('gives the same lines however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' })),
        fc.array(fc.integer({ min: 1, max: 9 })),
        async (texts, sizes) => {
          const bytes = utf8(texts.join('\n'));
          expect(await lines(bytes, sizes)).toEqual(await lines(bytes));
        },
      ),
    );
  });

  it('holds no more than a line in memory while an endless one passes', async () => {
    let passed = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      const block = new Uint8Array(1 << 20).fill(65);
      for (; passed < 256; passed++) yield block;
    }
    const before = process.memoryUsage().arrayBuffers;
    const out: unknown[] = [];
    for await (const line of ndjsonLines(endless())) out.push(line);
    expect(out).toEqual([{ line: 1, skip: { code: 'fhir.too-large' } }]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20);
  });
});
