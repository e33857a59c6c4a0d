// /api/docs: the reference of the REST door in a browser. Swagger UI's own files from this node, under the same policy as
// the portal: no inline script, no other origin. Only these files are served, whatever else stands beside them.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Wardmesh API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/api/docs/favicon-32x32.png" sizes="32x32">
</head>
<body>
<div id="reference"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
`;

/** No validator of another origin; requests go with the session's cookie, as those of the portal do. */
const START = `SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  validatorUrl: null,
  docExpansion: 'none',
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
});
`;

const OWN: Readonly<Record<string, readonly [type: string, text: string]>> = {
  '/api/docs': ['text/html; charset=utf-8', PAGE],
  '/api/docs/start.js': ['text/javascript; charset=utf-8', START],
};

const FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

export function docsRoute(app: FastifyInstance): void {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui/package.json')), 'static');
  const cached = new Map<string, Promise<Buffer>>();
  for (const [url, [type, text]] of Object.entries(OWN)) {
    app.get(url, (_request, reply) => reply.type(type).header('cache-control', 'no-cache').send(text));
  }
  for (const [name, type] of Object.entries(FILES)) {
    app.get(`/api/docs/${name}`, async (_request, reply) => {
      const bytes = cached.get(name) ?? readFile(join(folder, name));
      cached.set(name, bytes);
      return reply
        .type(type)
        .header('cache-control', 'public, max-age=3600')
        .send(await bytes);
    });
  }
}
