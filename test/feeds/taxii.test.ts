// STIX and TAXII: who may, what leaves, and that pages lose nothing while the list changes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCidr } from '../../gateway/address.ts';
import { stixObjects, TLP_AMBER } from '../../gateway/lists/stix.ts';
import { CONTEXT, HOUR, openFeeds } from './door.ts';

const TYPE = 'application/taxii+json;version=2.1';
const ROOT = '/taxii2/wardmesh/collections/';

async function opened() {
  const world = await openFeeds();
  const headers = { authorization: `Bearer ${world.apiKeys.make(['feed:stix'])}`, accept: TYPE };
  const { collections } = (await world.door.get(ROOT, headers)).json;
  const base = `${ROOT}${collections[0].id}/`;
  const get = (path: string, more: Record<string, string> = {}) =>
    world.door.get(`${base}${path}`, { ...headers, ...more });
  return { ...world, headers, base, get };
}

describe('TAXII', () => {
  it('is there for keys with its scope alone, writes down each use, and is nowhere while it is off', async () => {
    const { door, apiKeys, headers, accessLog } = await opened();
    expect((await door.get('/taxii2/', headers)).json).toMatchObject({ default: '/taxii2/wardmesh/' });
    expect((await door.get('/taxii2/wardmesh/', headers)).json.versions).toEqual([TYPE]);
    const feed = { ...headers, authorization: `Bearer ${apiKeys.make(['feed:read'])}` };
    expect((await door.get('/taxii2/', feed)).json).toMatchObject({ error_code: 'rpc.scope', http_status: '403' });
    expect((await door.get('/taxii2/', { accept: TYPE })).headers.get('www-authenticate')).toContain('Basic');
    expect(accessLog.events.filter(({ outcome }) => outcome === 'permitted').length).toBeGreaterThan(2);
    const off = await openFeeds({ stix: false });
    const key = { authorization: `Bearer ${off.apiKeys.make(['feed:stix'])}`, accept: TYPE };
    for (const path of ['/taxii2/', '/stix/bundle']) {
      const answer = await off.door.get(path, key);
      expect(answer.status).toBe(404);
      expect(answer.text).toContain('feeds.stix-off');
    }
  });

  it('refuses what it does not know: another type, collection, limit, time or object', async () => {
    const { get, door, headers } = await opened();
    expect((await get('objects/', { accept: 'application/json' })).status).toBe(406);
    expect((await door.get(`${ROOT}${'0'.repeat(8)}/objects/`, headers)).status).toBe(404);
    for (const query of ['limit=0', 'limit=-1', 'limit=a', 'next=a', 'added_after=yesterday']) {
      expect((await get(`objects/?${query}`)).status, query).toBe(400);
    }
    expect((await get('objects/indicator--0/versions/')).status).toBe(404);
    expect((await get('objects/')).json).toEqual({});
  });

  it('filters by type, id, version and time, and lists the same in its manifest', async () => {
    const { get, block, clock } = await opened();
    block('192.0.2.1', HOUR, { organisation: 1 });
    const first = await get('objects/');
    const times = ['first', 'last'].map((word) => first.headers.get(`x-taxii-date-added-${word}`) as string);
    expect(first.json.objects.map(({ type }: { type: string }) => type)).toEqual([
      'marking-definition',
      'identity',
      'indicator',
    ]);
    clock.advance(1_000);
    block('192.0.2.2', HOUR, { organisation: 1 });
    const later = (await get(`objects/?added_after=${times[1]}`)).json.objects;
    expect(later.map(({ pattern }: { pattern: string }) => pattern)).toEqual(["[ipv4-addr:value = '192.0.2.2/32']"]);
    const [{ id, modified }] = later;
    expect((await get(`objects/${id}/`)).json.objects).toEqual(later);
    expect((await get(`objects/${id}/versions/`)).json.versions).toEqual([modified]);
    expect((await get(`objects/?match[id]=${id}&match[version]=${modified}`)).json.objects).toHaveLength(1);
    expect((await get(`objects/?match[id]=${id}&match[version]=2020-01-01T00:00:00Z`)).json).toEqual({});
    expect((await get('objects/?match[type]=identity')).json.objects).toHaveLength(1);
    expect((await get('objects/?match[spec_version]=2.0')).json).toEqual({});
    const manifest = (await get('manifest/')).json.objects;
    expect(manifest).toHaveLength(4);
    expect(manifest[3]).toMatchObject({ id, version: modified });
  });

  it('says that a block is over by a newer version, revoked, and names neither pins nor challenges', async () => {
    const { get, block, unblock, blocklist, clock } = await opened();
    const number = block('192.0.2.1');
    const [before] = (await get('objects/?match[type]=indicator')).json.objects;
    clock.advance(1_000);
    unblock(number);
    const [after] = (await get('objects/?match[type]=indicator')).json.objects;
    expect(after).toMatchObject({ id: before.id, created: before.created, revoked: true });
    expect(after.modified > before.modified).toBe(true);
    block('192.0.2.8', HOUR, { organisation: 2 });
    blocklist.pin({
      network: parseCidr('192.0.2.9'),
      action: 'block',
      by: 'operator',
      at: clock.now(),
      until: undefined,
    });
    expect((await get('objects/?match[type]=indicator')).json.objects).toHaveLength(1);
  });

  it('loses nothing to whoever pages by next or by time while the list changes', { timeout: 60_000 }, async () => {
    const writes = fc.array(
      fc.record({
        host: fc.nat(20),
        organisation: fc.integer({ min: 1, max: 3 }),
        life: fc.integer({ min: 60_000, max: 200_000 }),
        undo: fc.boolean(),
      }),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(writes, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 5 }),
        async (rounds, limit) => {
          const { get, block, unblock, clock, feed, door } = await opened();
          for (const by of ['next', 'added_after'] as const) {
            const held = new Map<string, unknown>();
            let place: string | undefined;
            const page = async (): Promise<boolean> => {
              const answer = await get(`objects/?limit=${limit}${place === undefined ? '' : `&${by}=${place}`}`);
              for (const object of answer.json.objects ?? []) held.set(object.id, object);
              const last = answer.headers.get('x-taxii-date-added-last') ?? undefined;
              place = (by === 'next' ? (answer.json.next ?? nextOf(last)) : last) ?? place;
              return answer.json.more === true;
            };
            for (const round of rounds) {
              for (const { host, organisation, life, undo } of round) {
                const number = block(`192.0.2.${host}`, life, { organisation });
                if (undo) unblock(number, organisation);
              }
              await page();
              clock.advance(7);
            }
            while (await page());
            const now = [...stixObjects(CONTEXT, feed.since(0), 0)].map(({ object }) => object);
            for (const object of now) expect(held.get(object.id), by).toEqual(object);
          }
          await door.server.stop();
        },
      ),
      { numRuns: 10 },
    );
  });
});

/** The place after the last page: its time in µs. */
function nextOf(stamp: string | undefined): string | undefined {
  if (stamp === undefined) return undefined;
  const [seconds, fraction] = stamp.slice(0, -1).split('.');
  return String(Date.parse(`${seconds}Z`) * 1000 + Number(fraction));
}

describe('STIX', () => {
  it('gives one bundle, marked TLP:AMBER, with the same ids each time', async () => {
    const { door, headers, block } = await opened();
    block('192.0.2.1', HOUR, { organisation: 2, severity: 85 });
    block('192.0.2.1', HOUR, { organisation: 3, category: 'scan' });
    const [one, two] = await Promise.all([1, 2].map(() => door.get('/stix/bundle', headers)));
    expect(one.text).toBe(two.text);
    const { objects } = one.json;
    expect(objects.map(({ type }: { type: string }) => type)).toEqual([
      ...['marking-definition', 'identity', 'identity', 'indicator', 'sighting'],
    ]);
    for (const object of objects.slice(1)) expect(object.object_marking_refs).toEqual([TLP_AMBER.id]);
    expect(objects[3]).toMatchObject({
      confidence: 85,
      valid_from: expect.stringMatching(/Z$/),
      labels: ['manual', 'flood'],
    });
  });
});
