import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { decodeGenesis, encodeGenesis, genesisId } from '../../consensus/genesis.ts';
import {
  EMERGENCY_OPEN,
  EMERGENCY_REVIEW,
  RECOVERY_DELAY,
  TAKE_OVER_DELAY,
  TAKE_OVER_LONGEST,
} from '../../consensus/params.ts';
import { GenesisError } from '../../node/genesis/errors.ts';
import { bundleOf } from '../../node/genesis/founding.ts';
import {
  formatGenesisFile,
  type GenesisBundle,
  parseGenesisFile,
  readGenesisFile,
  writeGenesisFile,
} from '../../node/genesis/genesis-file.ts';
import { FOUNDED } from './samples.ts';

let bundle: GenesisBundle;
let text: string;
beforeAll(async () => {
  bundle = await bundleOf(FOUNDED);
  text = formatGenesisFile(bundle);
});

// biome-ignore lint/suspicious/noExplicitAny: documents are bent out of shape on purpose
type Loose = any;

/** The error for a file whose document was changed; its stated id follows, so that only the change is at fault. */
function errorAfter(change: (document: Loose) => void): GenesisError {
  const document = JSON.parse(text);
  change(document);
  return errorOf(JSON.stringify(document));
}

function errorOf(file: string): GenesisError {
  try {
    parseGenesisFile(file);
  } catch (error) {
    if (error instanceof GenesisError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const TAKE_OVER = { takeOverDelay: TAKE_OVER_DELAY, takeOverLongest: TAKE_OVER_LONGEST };

test('a file of 0.1.0, which says neither how long recoveries nor how long take-overs wait, opens under its id', async () => {
  const params = { ...FOUNDED.genesis.params, recoveryDelay: RECOVERY_DELAY, ...TAKE_OVER };
  const old = { ...FOUNDED, genesis: { ...FOUNDED.genesis, params } };
  const document = JSON.parse(formatGenesisFile(await bundleOf(old)));
  for (const name of ['recoveryDelay', ...Object.keys(TAKE_OVER)]) delete document.genesis.params[name];
  expect(parseGenesisFile(JSON.stringify(document)).genesis).toEqual(old.genesis);
  // The bytes of that version, which has no room for it.
  expect([...encodeGenesis(old.genesis).subarray(0, 2)]).toEqual([0, 1]);
  expect(encodeGenesis(FOUNDED.genesis).length).toBe(encodeGenesis(old.genesis).length + 25);
  // And of one that says how long recoveries wait, and no more.
  const between = { ...FOUNDED.genesis, params: { ...FOUNDED.genesis.params, ...TAKE_OVER } };
  expect([...encodeGenesis(between).subarray(0, 2)]).toEqual([0, 3]);
  expect(decodeGenesis(encodeGenesis(between))).toEqual(between);
});

test('says how long emergencies are open and when they are reviewed only where that is not 2 h and 72 h', async () => {
  const saying = (times: { emergencyOpen?: number; emergencyReview?: number }) => {
    return { ...FOUNDED.genesis, params: { ...FOUNDED.genesis.params, ...times } };
  };
  const plain = encodeGenesis(FOUNDED.genesis);
  expect(encodeGenesis(saying({ emergencyOpen: EMERGENCY_OPEN, emergencyReview: EMERGENCY_REVIEW }))).toEqual(plain);
  for (const times of [{ emergencyOpen: 3_600_000 }, { emergencyReview: 86_400_000 }]) {
    const said = saying(times);
    const bytes = encodeGenesis(said);
    expect([...bytes.subarray(0, 2)]).toEqual([0, 5]);
    expect(bytes.length).toBe(plain.length + 16);
    expect(decodeGenesis(bytes)).toEqual(said);
    const document = await bundleOf({ ...FOUNDED, genesis: said });
    expect(parseGenesisFile(formatGenesisFile(document)).genesis).toEqual(said);
  }
  // A file from before says neither.
  const document = JSON.parse(text);
  for (const name of ['emergencyOpen', 'emergencyReview']) delete document.genesis.params[name];
  expect(parseGenesisFile(JSON.stringify(document)).genesis).toEqual(FOUNDED.genesis);
});

test('what is written is read, and has the same id', async () => {
  expect(parseGenesisFile(text)).toEqual(bundle);
  expect(genesisId(parseGenesisFile(text).genesis)).toEqual(genesisId(FOUNDED.genesis));
  expect(formatGenesisFile(parseGenesisFile(text))).toBe(text);

  const folder = await mkdtemp(join(tmpdir(), 'wardmesh-genesis-'));
  try {
    await writeGenesisFile(join(folder, 'genesis.json'), bundle);
    expect(await readGenesisFile(join(folder, 'genesis.json'))).toEqual(bundle);
    await writeFile(join(folder, 'huge.json'), text);
    await truncate(join(folder, 'huge.json'), 3 * 1024 ** 3);
    await expect(readGenesisFile(join(folder, 'huge.json'))).rejects.toMatchObject({
      type: { code: 'genesis.syntax' },
    });
    await expect(readGenesisFile(join(folder, 'none.json'))).rejects.toMatchObject({
      type: { code: 'genesis.missing' },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('keys are hex, integers above 2^53 are 0x strings', () => {
  const { id, genesis } = JSON.parse(text);
  expect(id).toBe(toHex(genesisId(FOUNDED.genesis)));
  expect(genesis.clinics[2].nodeKey).toBe(toHex(FOUNDED.genesis.clinics[2].nodeKey));
  expect(genesis.params.startTarget).toBe(`0x${FOUNDED.genesis.params.startTarget.toString(16)}`);
});

describe('names the offending key', () => {
  const other = () => toHex(FOUNDED.genesis.clinics[0].nodeKey);
  const cases: [key: string, change: (document: Loose) => void][] = [
    ['format', (d) => (d.format = 'wardmesh/genesis-file/2')],
    ['id', (d) => delete d.id],
    ['extra', (d) => (d.extra = 1)],
    ['genesis.network', (d) => (d.genesis.network = 'Not A Slug')],
    ['genesis.created', (d) => (d.genesis.created = '2026')],
    ['genesis.created', (d) => (d.genesis.created = -1)],
    ['genesis.created', (d) => (d.genesis.created = 1e300)],
    ['genesis.country', (d) => (d.genesis.country = 'us')],
    ['genesis.idType', (d) => (d.genesis.idType = '')],
    ['genesis.identifierKey', (d) => (d.genesis.identifierKey = 'ab')],
    ['genesis.threatKeyHash', (d) => (d.genesis.threatKeyHash = d.genesis.threatKeyHash.toUpperCase())],
    ['genesis.unknown', (d) => (d.genesis.unknown = null)],
    ['genesis.params.blockInterval', (d) => (d.genesis.params.blockInterval = 0)],
    ['genesis.params.blockInterval', (d) => (d.genesis.params.blockInterval = 2 ** 32)],
    ['genesis.params.keyGrace', (d) => (d.genesis.params.keyGrace = 0.5)],
    ['genesis.params.recoveryDelay', (d) => (d.genesis.params.recoveryDelay = 0)],
    ['genesis.params.takeOverLongest', (d) => (d.genesis.params.takeOverLongest = 0)],
    ['genesis.params.emergencyOpen', (d) => (d.genesis.params.emergencyOpen = 0)],
    ['genesis.params.emergencyReview', (d) => (d.genesis.params.emergencyReview = '72h')],
    ['genesis.params.startTarget', (d) => (d.genesis.params.startTarget = 5)],
    ['genesis.params.startTarget', (d) => (d.genesis.params.startTarget = '0x01')],
    ['genesis.params.startTarget', (d) => (d.genesis.params.startTarget = `0x1${'0'.repeat(64)}`)],
    ['genesis.params.startTarget', (d) => (d.genesis.params.easiestTarget = '0x1f')],
    ['genesis.params.hardestTarget', (d) => (d.genesis.params.hardestTarget = `${d.genesis.params.easiestTarget}f`)],
    ['genesis.params.hardestTarget', (d) => (d.genesis.params.hardestTarget = '0x0')],
    ['genesis.organisations', (d) => (d.genesis.organisations = [])],
    ['genesis.organisations[1].number', (d) => (d.genesis.organisations[1].number = 1)],
    ['genesis.organisations[1].name', (d) => (d.genesis.organisations[1].name = 'A')],
    ['genesis.organisations[3]', (d) => d.genesis.organisations.push({ number: 4, name: 'D' })],
    ['genesis.organisations[0].name', (d) => (d.genesis.organisations[0].name = ' A')],
    ['genesis.organisations[0].name', (d) => (d.genesis.organisations[0].name = 'e\u0301')],
    ['genesis.organisations[0].name', (d) => (d.genesis.organisations[0].name = 'a\u0000b')],
    ['genesis.organisations[0].name', (d) => (d.genesis.organisations[0].name = '\u00e9'.repeat(101))],
    ['genesis.clinics', (d) => (d.genesis.clinics = {})],
    ['genesis.clinics[2].number', (d) => (d.genesis.clinics[2].number = 9)],
    ['genesis.clinics[2].organisation', (d) => (d.genesis.clinics[2].organisation = 4)],
    ['genesis.clinics[1].name', (d) => (d.genesis.clinics[1].name = d.genesis.clinics[0].name)],
    ['genesis.clinics[3].voteKey', (d) => (d.genesis.clinics[3].voteKey = other())],
    ['genesis.clinics[0].gatewayKey', (d) => (d.genesis.clinics[0].gatewayKey = '0'.repeat(64))],
    ['genesis.clinics[1].governanceKey', (d) => (d.genesis.clinics[1].governanceKey = `zz${other().slice(2)}`)],
    ['genesis.clinics[0].encryptionKey', (d) => delete d.genesis.clinics[0].encryptionKey],
    ['genesis.clinics[0].addresses[0]', (d) => (d.genesis.clinics[0].addresses[0] = '127.0.0.1:9641')],
    ['genesis.clinics[0].addresses[0]', (d) => (d.genesis.clinics[0].addresses[0] += '/p2p/abc')],
    ['genesis.clinics[0].addresses', (d) => (d.genesis.clinics[0].addresses = Array(17).fill('/ip4/1.2.3.4/tcp/1'))],
    ['genesis.clinics[0].networks[1]', (d) => (d.genesis.clinics[0].networks[1] = '10.0.0.1/8')],
    ['genesis.clinics[0].networks[1]', (d) => (d.genesis.clinics[0].networks[1] = '2001:DB8::/48')],
    ['sharedKeys.5', (d) => (d.sharedKeys['5'] = d.sharedKeys['1'])],
    ['sharedKeys.one', (d) => (d.sharedKeys.one = d.sharedKeys['1'])],
    ['sharedKeys.1', (d) => (d.sharedKeys['1'] = 'not base64!')],
  ];
  test.each(cases)('%s (%#)', (key, change) => {
    expect(errorAfter(change).type).toMatchObject({ code: 'genesis.invalid', key });
  });
});

test('refuses a key with a torsion part, which Ed25519 alone would take', () => {
  // The encoding of a point of order 8 is refused by its bytes; the identity and order 2 likewise.
  for (const point of [
    '01'.padEnd(64, '0'),
    `ec${'ff'.repeat(30)}7f`,
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  ]) {
    expect(errorAfter((d) => (d.genesis.clinics[0].voteKey = point)).type).toMatchObject({
      code: 'genesis.invalid',
      key: 'genesis.clinics[0].voteKey',
    });
  }
});

test('refuses an altered document that is well formed', () => {
  expect(errorAfter((d) => (d.genesis.clinics[0].name = 'Other clinic')).code).toBe('genesis.id');
  expect(errorAfter((d) => (d.genesis.created += 1)).code).toBe('genesis.id');
});

test('refuses what is no JSON object, and what is too long', () => {
  for (const file of ['', '{', 'null x', '\u0000']) expect(errorOf(file).code).toBe('genesis.syntax');
  for (const file of ['null', '[]', '1', '"x"', '{"__proto__": {}}'])
    expect(errorOf(file).code).toBe('genesis.invalid');
  expect(errorOf(' '.repeat(8 * 1024 * 1024 + 1)).code).toBe('genesis.syntax');
});

test('a mutated file is refused with a code, or says the same', () => {
  const mutation = fc.record({
    at: fc.nat(text.length - 1),
    remove: fc.nat(3),
    insert: fc.oneof(
      fc.constantFrom('', '"', '{', '}', ',', '0', '9', 'f', 'null', '\\u0000', '-1', '1e9'),
      fc.string({ maxLength: 4 }),
    ),
  });
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
      let file = text;
      for (const { at, remove, insert } of mutations) file = file.slice(0, at) + insert + file.slice(at + remove);
      let parsed: GenesisBundle;
      try {
        parsed = parseGenesisFile(file);
      } catch (error) {
        expect(error).toBeInstanceOf(GenesisError);
        return;
      }
      // The sealed keys authenticate themselves; everything else is under the id.
      expect(parsed.genesis).toEqual(bundle.genesis);
    }),
    { numRuns: 400 },
  );
});
