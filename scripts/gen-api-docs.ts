// Writes docs/API.md from the schemas of rpc/: what a method takes, gives and refuses is said there once; docs/ACCESS.md and
// docs/collections/ too. Owns the page's wording around them; a test compares all of it with the schemas.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ACCESS, STREAM_ACCESS } from '../rpc/access/table.ts';
import { EXAMPLES } from '../rpc/openapi/examples.ts';
import { BASE_PATH } from '../rpc/rest/operation.ts';
import { OPERATIONS } from '../rpc/rest/operations.ts';
import type { MethodSpec } from '../rpc/schema/method.ts';
import { METHODS, type MethodName } from '../rpc/schema/methods.ts';
import { STREAMS, type StreamName } from '../rpc/schema/subscription.ts';
import { accessPage } from './docs/access-page.ts';
import { accessWords } from './docs/access-words.ts';
import { collectionFiles } from './docs/collections.ts';
import { type Schema, shapeText } from './docs/shape-text.ts';

const INTRODUCTION = `# RPC reference

Made from the schemas of \`rpc/schema/\` by \`node scripts/gen-api-docs.ts\`; do not edit.

JSON-RPC 2.0 at \`POST /rpc\` and by WebSocket at \`/rpc\`: batches, notifications, parameters by name. A running node
describes the same methods as an OpenRPC document: \`rpc.discover\`. Over HTTP each has an address of its own, given with
it here; [REST.md](REST.md) says how those are used.

Access: [ACCESS.md](ACCESS.md) has the whole table. **readers** are anybody while \`explorer.public\` is on, else whoever is
signed in; the **operator** shows the operator token, \`Authorization: Bearer TOKEN\`, and applications an API key in the
same place; people sign in and have a session. Cost: units of the caller's rate limit.

Refusals of the door have number -32001, refusals of a service -32000; \`error.data.code\` names the reason. Wrong
parameters are -32602, and \`error.data\` names each by its path.

Notation: \`hash\` is 64 hex digits, \`hex\` whole bytes in lower-case hex, \`decimal\` a whole number as text, \`amount\` a
positive one; times are milliseconds since 1970; \`name?\` may be absent; \`(a..b)\` bounds length or value.

Besides: \`GET /api/v1/chain/export\` streams the chain as JSON lines, one block each; \`GET /api/v1/backup\` (operator,
\`?chain=1\` with blocks) streams the backup as a tar archive;
\`POST /api/v1/takeout\` (body as the parameters of \`patient_get\`) everything that the clinic wrote of a patient, likewise; files pass as [streams](REST.md#files); \`GET /health/live\` and
\`GET /health/ready\` are for supervisors; \`GET /metrics\` is for Prometheus.
`;

export function apiPage(): string {
  const methods = Object.entries(METHODS).map(([name, spec]) => methodText(name, spec));
  const streams = Object.entries(STREAMS).map(([name, { filter, value }]) =>
    [
      `### ${name}`,
      '',
      `Access: ${accessWords(STREAM_ACCESS[name as StreamName])}.`,
      '',
      block('Filter', json(filter, 'input')),
      block('Sends', json(value, 'output')),
    ].join('\n'),
  );
  return [
    INTRODUCTION,
    '## Methods\n',
    ...methods,
    '## Streams\n',
    'For `subscribe`, over WebSocket.\n',
    ...streams,
  ].join('\n');
}

function methodText(name: string, spec: MethodSpec): string {
  const errors = spec.errors.length === 0 ? '' : ` Refusals: ${spec.errors.map((code) => `\`${code}\``).join(', ')}.`;
  return [
    `### ${name}`,
    '',
    spec.summary,
    '',
    `Access: ${accessWords(ACCESS[name as MethodName])}. Cost: ${spec.cost ?? 1}.${errors}`,
    '',
    block('Parameters', json(spec.params, 'input')),
    block('Result', json(spec.result, 'output')),
    ...restText(name),
    ...exampleText(name),
  ].join('\n');
}

function restText(name: string): string[] {
  const rows = OPERATIONS.filter(({ method }) => method === name);
  if (rows.length === 0) return [];
  return [`REST: ${rows.map(({ verb, path }) => `\`${verb} ${BASE_PATH}${path}\``).join(', ')}\n`];
}

/** A message that can be sent as it stands; its ids are made up. */
function exampleText(name: string): string[] {
  const params = EXAMPLES[name];
  const message = { jsonrpc: '2.0', id: 1, method: name, ...(params !== undefined && { params }) };
  return ['```json', JSON.stringify(message), '```', ''];
}

function block(title: string, schema: Schema): string {
  return `${title}: \`${shapeText(schema)}\`\n`;
}

function json(schema: z.ZodType, io: 'input' | 'output'): Schema {
  return z.toJSONSchema(schema, { io }) as Schema;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../docs/API.md', import.meta.url), apiPage());
  writeFileSync(new URL('../docs/ACCESS.md', import.meta.url), accessPage());
  const folder = new URL('../docs/collections/', import.meta.url);
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of collectionFiles()) {
    const file = new URL(path, folder);
    mkdirSync(new URL('.', file), { recursive: true });
    writeFileSync(file, text);
  }
}
