// STIX output against the schemas that OASIS publishes. They are for our own output alone: their patterns are slow on purpose-made text.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { ChangeLog } from '../../gateway/lists/change-log.ts';
import { stixObjects } from '../../gateway/lists/stix.ts';
import { anyEntry, network } from '../gateway/generators.ts';

const root = process.env.WARDMESH_TEST_DATA;
if (root === undefined) throw new Error('WARDMESH_TEST_DATA must name the data set: these tests read nothing else');

const folder = join(root, 'security', 'stix', 'schemas');
const FOUNDED = 1_760_000_000_000;
const NOW = FOUNDED + 86_400_000;

function validators() {
  const ajv = new Ajv2020({ strict: false, allErrors: true, unicodeRegExp: false, validateFormats: false });
  const byFile = new Map<string, string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.json')) continue;
    const schema = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    ajv.addSchema(schema);
    byFile.set(name, schema.$id);
  }
  return (name: string) => ajv.getSchema(byFile.get(name) as string)!;
}

it('gives objects and bundles that hold to the schemas, whatever was reported', () => {
  const validate = validators();
  const files: Readonly<Record<string, string>> = {
    'marking-definition': 'common/marking-definition.json',
    identity: 'sdos/identity.json',
    indicator: 'sdos/indicator.json',
    sighting: 'sros/sighting.json',
  };
  const context = {
    genesisId: 'ab'.repeat(32),
    founded: FOUNDED,
    organisationName: (number: number) => `Clinics ${number}`,
  };
  const seen = new Set<string>();
  fc.assert(
    fc.property(network, fc.array(anyEntry, { minLength: 1, maxLength: 4 }), fc.boolean(), (of, reports, revoked) => {
      const log = new ChangeLog();
      const [first] = reports;
      const listed = {
        ...{
          network: of,
          effect: 'block' as const,
          until: NOW + 3_600_000,
          category: first.category,
          mode: first.mode,
        },
        ...{
          id: toHex(first.reportId),
          createdAt: FOUNDED + (first.issuedAt % 86_400_000),
          organisation: first.organisation,
        },
        reports: reports.map((report) => ({ ...report, issuedAt: FOUNDED + (report.issuedAt % 86_400_000) })),
      };
      log.list(listed, NOW);
      if (revoked) log.end(of, NOW + 1);
      const objects = [...stixObjects(context, log.since(0), 0)].map(({ object }) => object);
      for (const object of objects) {
        seen.add(object.type);
        const check = validate(files[object.type]);
        expect(check(object), `${object.type} ${JSON.stringify(check.errors)}`).toBe(true);
      }
      const bundle = validate('common/bundle.json');
      expect(
        bundle({ type: 'bundle', id: `bundle--${objects[0].id.split('--')[1]}`, objects }),
        JSON.stringify(bundle.errors),
      ).toBe(true);
    }),
    { numRuns: 30 },
  );
  expect([...seen].sort()).toEqual(Object.keys(files).sort());
});

it('would notice an object that does not hold to them', () => {
  const check = validators()('sdos/indicator.json');
  expect(check({ type: 'indicator', spec_version: '2.1', id: 'indicator--1' })).toBe(false);
});
