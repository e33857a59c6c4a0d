// API keys: made, found, turned, ended, bounded, kept as hashes.
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '#crypto';
import { fromHex, toHex } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { codeOf } from '../../common/errors.ts';
import { ApiKeyStore, MAX_API_KEYS, OLD_SECRET_TTL_MS } from '../../node/access/api-keys/api-keys.ts';
import { decodeApiKey, encodeApiKey } from '../../node/access/api-keys/record.ts';
import { apiKeyService } from '../../node/services/apikey-service.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';
import { localKeyValues } from '../../node/store/local-key-values.ts';
import { applicationId, clinicOfApplication } from '../../records/consent/application.ts';
import { API_KEY } from '../../rpc/access/secrets.ts';
import { SCOPES } from '../../rpc/access/table.ts';
import { CLIENT, operatorContext } from '../helpers/call-context.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { temporaryDirectory } from '../store/chain-fixture.ts';

const DAY_MS = 86_400_000;
const PREFIX = Uint8Array.of(0x6b);

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: LocalDatabase;
let clock: ManualClock;
let keys: ApiKeyStore;

async function load(): Promise<ApiKeyStore> {
  const store = new ApiKeyStore({ clinic: 1, scopes: SCOPES }, { store: localKeyValues(database, PREFIX), clock });
  await store.load();
  return store;
}

beforeEach(async () => {
  directory = await temporaryDirectory();
  clock = new ManualClock();
  database = new LocalDatabase({ path: join(directory.path, 'access'), name: 'access', key: sha256(Uint8Array.of(1)) });
  await database.open();
  keys = await load();
});

afterEach(async () => {
  await database.close();
  await directory.remove();
});

const wanted = (about: Partial<Parameters<ApiKeyStore['create']>[0]> = {}) => ({
  ...{ name: 'a lab', scopes: ['patient:read'], allowedAddresses: [], madeBy: null },
  until: clock.now() + 30 * DAY_MS,
  ...about,
});
const at = (address: string) => ({ ...CLIENT, address });

describe('an API key', () => {
  test('is found by its whole secret and nothing else, across a new start', async () => {
    const { record, secret } = await keys.create(wanted());
    expect(secret).toMatch(API_KEY);
    const again = await load();
    const application = toHex(applicationId(1, fromHex(record.id)));
    const ref = { id: record.id, name: 'a lab', scopes: ['patient:read'], user: null, application, actions: '' };
    expect(await again.find(secret, CLIENT)).toEqual(ref);
    const other = (await keys.create(wanted())).secret;
    const mixed = `${secret.slice(0, 21)}${other.slice(21)}`;
    for (const wrong of [`${secret}x`, secret.slice(0, -1), mixed, secret.toUpperCase(), '', 'wmk_', secret.slice(4)]) {
      expect(await again.find(wrong, CLIENT), wrong).toBe(undefined);
    }
  });

  test('leaves no secret on the disk, not even sealed', async () => {
    const { record, secret } = await keys.create(wanted());
    const [, , value] = API_KEY.exec(secret) as RegExpExecArray;
    for await (const [, row] of database.range({ prefix: PREFIX })) {
      expect(Buffer.from(row).includes(value)).toBe(false);
      expect(Buffer.from(row).includes(Buffer.from(value, 'base64url'))).toBe(false);
    }
    expect(JSON.stringify(await apiKeyService({ apiKeys: keys }).apikey_list({}, operatorContext()))).not.toContain(
      value,
    );
    expect(record.hash).toHaveLength(32);
  });

  test('ends at its end, when revoked at once, and says so', async () => {
    const short = await keys.create(wanted({ until: clock.now() + 1000 }));
    clock.advance(1);
    const long = await keys.create(wanted());
    clock.advance(999);
    expect(await keys.find(short.secret, CLIENT)).toBe(undefined);
    expect(await keys.current(short.record.id, CLIENT)).toBe(undefined);
    expect(await keys.find(long.secret, CLIENT)).toBeDefined();
    await keys.revoke(long.record.id);
    expect(await keys.find(long.secret, CLIENT)).toBe(undefined);
    expect(keys.list().map((record) => keys.stateOf(record))).toEqual(['revoked', 'ended']);
    await expect(keys.rotate(long.record.id)).rejects.toSatisfy((error) => codeOf(error) === 'apikey.ended');
    await expect(keys.revoke('00'.repeat(8))).rejects.toSatisfy((error) => codeOf(error) === 'apikey.unknown');
    expect(await (await load()).find(long.secret, CLIENT)).toBe(undefined);
  });

  test('gets a new secret, and the old one is good for as long as it says', async () => {
    const first = await keys.create(wanted());
    const second = await keys.rotate(first.record.id);
    expect(second.secret).not.toBe(first.secret);
    clock.advance(OLD_SECRET_TTL_MS - 1);
    expect(await keys.find(first.secret, CLIENT)).toBeDefined();
    expect(await (await load()).find(second.secret, CLIENT)).toBeDefined();
    clock.advance(1);
    expect(await keys.find(first.secret, CLIENT)).toBe(undefined);
    expect(await keys.find(second.secret, CLIENT)).toBeDefined();
    const third = await keys.rotate(first.record.id);
    await keys.rotate(first.record.id);
    expect(await keys.find(second.secret, CLIENT)).toBe(undefined);
    expect(await keys.find(third.secret, CLIENT)).toBeDefined();
  });

  test('that is used while it gets a new secret is good by the new one after a new start', async () => {
    const first = await keys.create(wanted());
    clock.advance(60_000);
    const turning = keys.rotate(first.record.id);
    await keys.find(first.secret, CLIENT);
    const { secret } = await turning;
    await database.batch([{ type: 'put', key: Uint8Array.of(1), value: Uint8Array.of(1) }]);
    expect(await (await load()).find(secret, CLIENT)).toBeDefined();
  });

  test('may be used from where it says alone', async () => {
    const allowedAddresses = ['192.0.2.0/24', '2001:db8:1::/48', '198.51.100.7'];
    const { record, secret } = await keys.create(wanted({ allowedAddresses }));
    for (const address of ['192.0.2.200', '::ffff:192.0.2.1', '2001:db8:1:2::9', '198.51.100.7']) {
      expect(await keys.find(secret, at(address)), address).toBeDefined();
    }
    for (const address of ['192.0.3.1', '2001:db8:2::1', '198.51.100.8', '::1', '127.0.0.1', '', 'localhost']) {
      expect(await keys.find(secret, at(address)), address).toBe(undefined);
      expect(await keys.current(record.id, at(address)), address).toBe(undefined);
    }
    const wrong = keys.create(wanted({ allowedAddresses: ['192.0.2.1', 'everywhere'] }));
    await expect(wrong).rejects.toSatisfy((error) => codeOf(error) === 'apikey.address');
  });

  test('has scopes that there are, and an end that is near enough', async () => {
    const code = (about: Parameters<typeof wanted>[0]) => keys.create(wanted(about)).then(() => 'made', codeOf);
    expect(await code({ scopes: ['patient:read', '*'] })).toBe('apikey.scope');
    expect(await code({ scopes: [...SCOPES, ...SCOPES] })).toBe('made');
    for (const until of [0, clock.now(), clock.now() + 800 * DAY_MS, Number.NaN])
      expect(await code({ until })).toBe('apikey.until');
  });

  test('says when and from where it was used last', async () => {
    const { record, secret } = await keys.create(wanted());
    const use = () => keys.list().map(({ lastUsed, lastAddress }) => [lastUsed, lastAddress]);
    expect(use()).toEqual([[null, null]]);
    clock.advance(5000);
    await keys.find(secret, at('203.0.113.9'));
    expect(use()).toEqual([[clock.now(), '203.0.113.9']]);
    await waitFor(async () => (await load()).list()[0].lastUsed !== null);
    expect((await load()).list()[0]).toMatchObject({
      id: record.id,
      lastUsed: clock.now(),
      lastAddress: '203.0.113.9',
    });
  });

  test('is one of a bounded number: ended ones go first, live ones never', async () => {
    const first = await keys.create(wanted({ until: clock.now() + 10 }));
    await Promise.all(Array.from({ length: MAX_API_KEYS + 5 }, () => keys.create(wanted()).catch(() => undefined)));
    expect(keys.list()).toHaveLength(MAX_API_KEYS);
    await expect(keys.create(wanted())).rejects.toSatisfy((error) => codeOf(error) === 'apikey.full');
    clock.advance(10);
    await keys.create(wanted());
    expect(keys.list()).toHaveLength(MAX_API_KEYS);
    expect(keys.list().some(({ id }) => id === first.record.id)).toBe(false);
  });
});

describe('an API key of an application', () => {
  test('has SMART v2 scopes that are understood, and an id that names its clinic', async () => {
    const scopes = ['patient/Observation.rs?category=laboratory', 'system/*.c', 'user/Condition.r', 'patient:read'];
    const { record, secret } = await keys.create(wanted({ scopes }));
    const found = await keys.find(secret, CLIENT);
    expect(found?.actions).toBe('crs');
    expect(found?.application).toBe(keys.applicationOf(record));
    expect(clinicOfApplication(fromHex(String(found?.application)))).toBe(1);
    expect(keys.application(keys.applicationOf(record))?.name).toBe('a lab');
    for (const scope of [
      'patient/Observation.read',
      'patient/Observation.sr',
      'system/*.r?code=1',
      'launch/patient',
      'patient/Observations.rs',
      'system/Resource.r',
      '',
    ]) {
      await expect(keys.create(wanted({ scopes: [scope] }))).rejects.toSatisfy(
        (error) => codeOf(error) === 'apikey.scope',
      );
    }
  });

  test('is not one by scopes for persons alone', async () => {
    const made = (scopes: string[]) =>
      keys.create(wanted({ scopes })).then(
        () => 'made',
        (error) => codeOf(error),
      );
    expect(await made(['user/Condition.r', 'patient:read'])).toBe('apikey.user-scopes');
    expect(await made(['user/Condition.r', 'patient/Condition.r'])).toBe('made');
    expect(await made(['patient/VisionPrescription.rs', 'patient/*.s'])).toBe('made');
  });

  test('is named by nothing else', () => {
    const id = applicationId(7, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    expect(clinicOfApplication(id)).toBe(7);
    for (let at = 0; at < id.length; at++) {
      const other = id.slice();
      other[at] ^= 1;
      expect(clinicOfApplication(other)).toBeUndefined();
    }
    expect(clinicOfApplication(new Uint8Array(32))).toBeUndefined();
    expect(clinicOfApplication(id.subarray(0, 31))).toBeUndefined();
  });
});

test('rows of API keys come back as they were, and damaged ones are refused with a coded error', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const moment = fc.integer({ min: 1 });
  const filled = text.filter((value) => value !== '');
  const record = fc.record({
    ...{ id: text, name: text, scopes: fc.array(text, { maxLength: 8 }), addresses: fc.array(text, { maxLength: 8 }) },
    ...{ made: moment, madeBy: fc.option(filled), until: moment, revoked: fc.boolean(), hash },
    old: fc.option(fc.record({ hash, until: moment }), { nil: undefined }),
    ...{ lastUsed: fc.option(moment), lastAddress: fc.option(filled) },
  });
  const normal = (value: string) => value.toWellFormed().normalize('NFC');
  fc.assert(
    fc.property(record, fc.nat(), fc.uint8Array({ maxLength: 300 }), (given, at, random) => {
      const clean = JSON.parse(JSON.stringify({ ...given, hash: 0, old: 0 }), (_key, value) =>
        typeof value === 'string' ? normal(value) : value,
      );
      const whole = { ...clean, hash: given.hash, old: given.old };
      const bytes = encodeApiKey(whole);
      expect(decodeApiKey(bytes)).toEqual(whole);
      for (const wrong of [random, bytes.subarray(0, at % bytes.length), Buffer.concat([bytes, Buffer.of(1)])]) {
        expect(() => decodeApiKey(wrong)).toThrow(CodecError);
      }
    }),
  );
});
