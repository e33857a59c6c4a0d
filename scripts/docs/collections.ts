// Request collections for Postman (format 2.1) and Bruno: a request for every REST operation, made of the path table and
// the examples. Owns the two formats; gen-api-docs.ts writes them.

import { areaOf } from '../../rpc/openapi/document.ts';
import { exampleAddress, exampleOf } from '../../rpc/openapi/request-example.ts';
import { BASE_PATH } from '../../rpc/rest/operation.ts';
import { OPERATIONS, type Operation } from '../../rpc/rest/operations.ts';

/** Files by their path below docs/collections/. */
export function collectionFiles(): ReadonlyMap<string, string> {
  return new Map([['wardmesh.postman_collection.json', postman()], ...brunoFiles()]);
}

const NODE = 'http://localhost:8641';

function addressOf(operation: Operation): string {
  return `${BASE_PATH}${exampleAddress(operation, exampleOf(operation))}`;
}

function bodyOf(operation: Operation): string | undefined {
  const { body } = exampleOf(operation);
  return body === undefined ? undefined : JSON.stringify(body, null, 2);
}

function areas(): [area: string, operations: Operation[]][] {
  const names = [...new Set(OPERATIONS.map(areaOf))];
  return names.map((area) => [area, OPERATIONS.filter((operation) => areaOf(operation) === area)]);
}

function postman(): string {
  const document = {
    info: {
      name: 'Wardmesh',
      description: 'Set `node` to the address of a clinic, and `token` to its operator token or to an API key.',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{token}}', type: 'string' }] },
    variable: [
      { key: 'node', value: NODE },
      { key: 'token', value: '' },
    ],
    item: areas().map(([name, operations]) => ({ name, item: operations.map(postmanRequest) })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function postmanRequest(operation: Operation): unknown {
  const [path, query = ''] = addressOf(operation).split('?');
  const body = bodyOf(operation);
  const pairs = query === '' ? [] : query.split('&').map((pair) => pair.split('='));
  return {
    name: operation.id,
    request: {
      method: operation.verb,
      description: operation.spec.summary,
      header: body === undefined ? [] : [{ key: 'Content-Type', value: 'application/json' }],
      url: {
        raw: `{{node}}${addressOf(operation)}`,
        host: ['{{node}}'],
        path: path.slice(1).split('/'),
        ...(pairs.length > 0 && { query: pairs.map(([key, value]) => ({ key, value: decodeURIComponent(value) })) }),
      },
      ...(body !== undefined && { body: { mode: 'raw', raw: body, options: { raw: { language: 'json' } } } }),
    },
  };
}

function brunoFiles(): [string, string][] {
  const about = { version: '1', name: 'Wardmesh', type: 'collection', ignore: ['node_modules', '.git'] };
  return [
    ['bruno/bruno.json', `${JSON.stringify(about, null, 2)}\n`],
    ['bruno/collection.bru', 'auth {\n  mode: bearer\n}\n\nauth:bearer {\n  token: {{token}}\n}\n'],
    ['bruno/environments/local.bru', `vars {\n  node: ${NODE}\n}\nvars:secret [\n  token\n]\n`],
    ...areas().flatMap(([area, operations]) =>
      operations.map((operation, at): [string, string] => [
        `bruno/${area}/${operation.id}.bru`,
        brunoRequest(operation, at + 1),
      ]),
    ),
  ];
}

function brunoRequest(operation: Operation, order: number): string {
  const [path, query] = addressOf(operation).split('?');
  const body = bodyOf(operation);
  const address = query === undefined ? path : `${path}?${query}`;
  const pairs = (query ?? '').split('&').map((pair) => pair.split('='));
  const block = (name: string, lines: readonly string[]): string => `${name} {\n${lines.map(indented).join('')}}\n`;
  return [
    block('meta', [`name: ${operation.id}`, 'type: http', `seq: ${order}`]),
    block(operation.verb.toLowerCase(), [
      `url: {{node}}${address}`,
      `body: ${body === undefined ? 'none' : 'json'}`,
      'auth: inherit',
    ]),
    ...(query === undefined
      ? []
      : [
          block(
            'params:query',
            pairs.map(([key, value]) => `${key}: ${decodeURIComponent(value)}`),
          ),
        ]),
    ...(body === undefined ? [] : [block('body:json', body.split('\n'))]),
    block('docs', [operation.spec.summary]),
  ].join('\n');
}

function indented(line: string): string {
  return `  ${line}\n`;
}
