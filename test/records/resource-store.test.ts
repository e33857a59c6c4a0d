import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { RecordsError } from '../../records/errors.ts';
import { ResourceStore } from '../../records/resource-store.ts';
import { MAX_RESOURCE_BYTES } from '../../records/stored-resource.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { MemoryKeyValues } from '../helpers/memory-key-values.ts';

const storageKey = new Uint8Array(32).fill(9);
const utf8 = (text: string) => new TextEncoder().encode(text);
const PID = 'pid1qw6g0h3u24x6dxugcjt2telcjczsh46e2hngl4';
const OTHER = 'pid1other';

function open(store = new MemoryKeyValues(), key = storageKey) {
  return { store, resources: new ResourceStore({ storageKey: key }, { store, clock: new ManualClock() }) };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

const patient = (text: string) => ({ pid: PID, type: 'Patient', id: 'p1', bytes: utf8(text) });

describe('resource store', () => {
  it('gives back exactly the bytes that were imported', async () => {
    const { resources } = open();
    const text = '{"resourceType":"Patient", "id":"p1", "weight": 70.50}\n';
    await resources.put(patient(text));
    expect((await resources.get(PID, 'Patient', 'p1'))?.bytes).toEqual(utf8(text));
  });

  it('keeps the same content once, also when it comes twice at the same time', async () => {
    const { resources, store } = open();
    const results = await Promise.all([resources.put(patient('a')), resources.put(patient('a'))]);
    expect(results).toEqual([
      { version: 1, created: true },
      { version: 1, created: false },
    ]);
    expect(store.rows.size).toBe(1);
  });

  it('numbers versions in the order of their arrival and keeps the old ones', async () => {
    const { resources } = open();
    const results = await Promise.all(['a', 'b', 'a', 'c'].map((text) => resources.put(patient(text))));
    expect(results.map(({ version }) => version)).toEqual([1, 2, 1, 3]);
    const versions = await resources.versions(PID, 'Patient', 'p1');
    expect(versions.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual(['a', 'b', 'c']);
    expect((await resources.get(PID, 'Patient', 'p1'))?.version).toBe(3);
  });

  it('lists the newest version of every resource of one patient and nothing of another', async () => {
    const { resources } = open();
    for (let i = 0; i < 40; i++) {
      await resources.put({ pid: PID, type: 'Observation', id: `o${i}`, bytes: utf8('old') });
      await resources.put({ pid: PID, type: 'Observation', id: `o${i}`, bytes: utf8(`new ${i}`) });
    }
    await resources.put({ pid: OTHER, type: 'Observation', id: 'o1', bytes: utf8('other') });
    const listed = await all(resources.list(PID));
    expect(listed.map(({ id }) => id).sort()).toEqual(Array.from({ length: 40 }, (_, i) => `o${i}`).sort());
    expect(listed.every(({ id, bytes }) => new TextDecoder().decode(bytes) === `new ${id.slice(1)}`)).toBe(true);
    expect(await all(resources.list('pid1nobody'))).toEqual([]);
  });

  it('property 4: cross-branch retrieval, the half of one clinic: what was put is read back equal to a model', async () => {
    const step = fc.record({
      pid: fc.constantFrom(PID, OTHER),
      type: fc.constantFrom('Patient', 'Observation'),
      id: fc.constantFrom('1', '2'),
      bytes: fc.uint8Array({ maxLength: 6, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { resources } = open();
        const model = new Map<string, string[]>();
        for (const input of steps) {
          const name = `${input.pid}|${input.type}|${input.id}`;
          const versions = model.get(name) ?? [];
          const content = toHex(input.bytes);
          const created = !versions.includes(content);
          if (created) versions.push(content);
          model.set(name, versions);
          expect(await resources.put(input)).toEqual({ version: versions.indexOf(content) + 1, created });
        }
        for (const pid of [PID, OTHER]) {
          const expected = [...model].filter(([name]) => name.startsWith(`${pid}|`));
          const listed = (await all(resources.list(pid))).map((r) => [`${pid}|${r.type}|${r.id}`, toHex(r.bytes)]);
          expect(listed.sort()).toEqual(expected.map(([name, versions]) => [name, versions.at(-1)]).sort());
        }
      }),
      { numRuns: 60 },
    );
  });

  it('property 5: privacy preservation, the half of the store: no name, identifier or content stands in a row', async () => {
    const { resources, store } = open();
    await resources.put(patient('{"name":"Herminia75 Koch169"}'));
    const rows = [...store.rows].map(([key, value]) => key + toHex(value)).join();
    for (const secret of [PID, 'Patient', 'Herminia75', 'Koch169']) expect(rows).not.toContain(toHex(utf8(secret)));
  });

  it('says that a row is damaged, and finds nothing under another key', async () => {
    const { resources, store } = open();
    await resources.put(patient('a'));
    const [[key, row]] = store.rows;
    expect(await open(store, new Uint8Array(32).fill(1)).resources.get(PID, 'Patient', 'p1')).toBeUndefined();
    for (const at of [0, 12, row.length - 1]) {
      store.rows.set(key, row.with(at, row[at] ^ 1));
      await expect(resources.get(PID, 'Patient', 'p1')).rejects.toMatchObject({ code: 'records.damaged' });
    }
    store.rows.set(key, row.subarray(0, 5));
    await expect(resources.get(PID, 'Patient', 'p1')).rejects.toMatchObject({ code: 'records.damaged' });
  });

  it('refuses a row that was moved to the key of another version', async () => {
    const { resources, store } = open();
    await resources.put(patient('a'));
    await resources.put(patient('b'));
    const [[first], [, second]] = store.rows;
    store.rows.set(first, second);
    await expect(resources.versions(PID, 'Patient', 'p1')).rejects.toThrow(RecordsError);
  });

  it('refuses oversized content and names that FHIR does not allow', async () => {
    const { resources, store } = open();
    const big = new Uint8Array(MAX_RESOURCE_BYTES + 1);
    await expect(resources.put({ ...patient(''), bytes: big })).rejects.toMatchObject({ code: 'records.too-large' });
    for (const name of [{ type: 'patient' }, { type: '' }, { id: '' }, { id: 'a b' }, { id: 'x'.repeat(65) }]) {
      await expect(resources.put({ ...patient('a'), ...name })).rejects.toMatchObject({ code: 'records.name' });
    }
    expect(store.rows.size).toBe(0);
    expect(await resources.put(patient('a'))).toEqual({ version: 1, created: true });
  });
});
