// The generated request collections against the table that they are made of, and the OpenRPC document against its schema.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { discover } from '../../rpc/discover.ts';
import { OPERATIONS } from '../../rpc/rest/operations.ts';
import { collectionFiles } from '../../scripts/docs/collections.ts';

const FOLDER = join(import.meta.dirname, '../../docs/collections');

describe('the request collections', () => {
  it('are what the tables make them: `npm run docs` writes them', () => {
    const wanted = collectionFiles();
    const found = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(FOLDER.length + 1));
    expect(found.sort()).toEqual([...wanted.keys()].sort());
    for (const [path, text] of wanted) expect(readFileSync(join(FOLDER, path), 'utf8'), path).toBe(text);
  });

  it('have every operation once', () => {
    const postman = JSON.parse(String(collectionFiles().get('wardmesh.postman_collection.json')));
    const names = postman.item.flatMap(({ item }: { item: { name: string }[] }) => item.map(({ name }) => name));
    expect(names.sort()).toEqual(OPERATIONS.map(({ id }) => id).sort());
    const bruno = [...collectionFiles().keys()].filter((path) =>
      /^bruno\/(?!environments|collection).*\.bru$/.test(path),
    );
    expect(bruno).toHaveLength(OPERATIONS.length);
  });
});

describe('the OpenRPC document', () => {
  it('is one, says the schema of OpenRPC', () => {
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
    // What the schema of OpenRPC says of schemas it leaves to a page that is not at hand: JSON Schema draft 7.
    const definitions = { JSONSchemaObject: { properties: { $ref: { type: 'string' } } } };
    for (const $id of ['https://meta.json-schema.tools', 'https://meta.json-schema.tools/']) {
      ajv.addSchema({ $id, $ref: 'http://json-schema.org/draft-07/schema#', definitions });
    }
    const validate = ajv.compile(createRequire(import.meta.url)('@open-rpc/meta-schema').default);
    const valid = validate(JSON.parse(JSON.stringify(discover('0.0.0'))));
    expect(validate.errors ?? []).toEqual([]);
    expect(valid).toBe(true);
  });
});
