// The OpenAPI document against an independent validator, the schemas and the access table.
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { doorStatus } from '../../rpc/errors.ts';
import { openApiDocument } from '../../rpc/openapi/document.ts';
import { exampleOf, exampleParams } from '../../rpc/openapi/request-example.ts';
import { sampleOf } from '../../rpc/openapi/sample.ts';
import { jsonSchema, OPERATIONS } from '../../rpc/rest/operations.ts';
import { callParams } from '../../rpc/rest/parameters.ts';
import { NOT_OVER_REST, PATHS } from '../../rpc/rest/paths.ts';
import { rowOf, STATUS_OF_CODE } from '../../rpc/rest/status.ts';
import { METHODS } from '../../rpc/schema/methods.ts';

describe('the path table', () => {
  it('has a way to every method that makes sense over HTTP', () => {
    const wanted = Object.keys(METHODS).filter((name) => !(NOT_OVER_REST as readonly string[]).includes(name));
    expect(wanted.filter((name) => !Object.hasOwn(PATHS, name))).toEqual([]);
  });

  it('has one operation for a verb and a form of path', () => {
    const forms = OPERATIONS.map(({ verb, path }) => `${verb} ${path.replace(/\{[^}]+\}/g, '{}')}`);
    expect(forms.filter((form, at) => forms.indexOf(form) !== at)).toEqual([]);
  });

  it('takes from an address only what a query can say, and names its page parameter', () => {
    for (const operation of OPERATIONS) {
      for (const { name, in: place, schema } of operation.parameters) {
        const types = [schema, ...((schema['anyOf'] ?? []) as { type?: string }[])].map((each) => each['type']);
        if (place === 'query') expect(['string', 'integer', 'boolean'], `${operation.id} ${name}`).toContain(types[0]);
        else
          expect(
            types.some((type) => type === 'string' || type === 'integer'),
            `${operation.id} ${name}`,
          ).toBe(true);
      }
      if (operation.page !== undefined) expect(operation.parameters.map(({ name }) => name)).toContain(operation.page);
    }
  });

  it('never has an identity number, a PID, a code or a ticket in an address', () => {
    const secret = /patient|pid|number|code|ticket|token|auth|salt|vault|nameOrMail/;
    for (const { id, parameters } of OPERATIONS) {
      expect(
        parameters.filter(({ name }) => secret.test(name)),
        id,
      ).toEqual([]);
    }
  });
});

describe('the table of statuses', () => {
  it('has a row for every code that a method declares, and no row for nothing', () => {
    const declared = new Set(Object.values(METHODS).flatMap(({ errors }) => errors as readonly string[]));
    const missing = [...declared].filter((code) => doorStatus(code) === undefined && rowOf(code) === undefined);
    expect(missing).toEqual([]);
    for (const status of Object.values(STATUS_OF_CODE)) expect(status).toBeGreaterThanOrEqual(400);
  });
});

describe('the OpenAPI document', () => {
  it('is one, says an independent validator', async () => {
    const validator = new Validator();
    const result = await validator.validate(JSON.parse(JSON.stringify(openApiDocument('0.0.0'))));
    expect(result).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('has examples of requests that the doors take, and of answers that they give', () => {
    for (const operation of OPERATIONS) {
      const { method, id, spec } = operation;
      const params = exampleParams(operation);
      const taken = spec.params.safeParse(params);
      expect(taken.error?.issues ?? [], method).toEqual([]);
      const result = spec.result.safeParse(sampleOf(jsonSchema(spec.result, 'output')));
      expect(result.error?.issues ?? [], `answer of ${method}`).toEqual([]);
      const { segments, query, body } = exampleOf(operation);
      const text = Object.fromEntries(Object.entries(segments).map(([name, value]) => [name, String(value)]));
      const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
      const read = spec.params.safeParse(callParams(operation, text, pairs.join('&'), body));
      expect(read.error?.issues ?? [], `request of ${id}`).toEqual([]);
    }
  });
});
