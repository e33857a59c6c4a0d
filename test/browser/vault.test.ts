// The vault in Chromium: the cases of test/identity/vault and test/web/vault bundled for the page, under a page without
// WebAssembly.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CASES as KEY_CASES } from '../identity/vault/cases.ts';
import { CASES as RECORD_CASES } from '../web/vault/cases.ts';
import { useBrowser } from './helpers/browser.ts';

const visit = useBrowser();
const root = mkdtempSync(join(tmpdir(), 'wardmesh-vault-'));
const SETS = [
  { name: 'keys', entry: '../identity/vault/cases.ts', cases: KEY_CASES },
  { name: 'records', entry: '../web/vault/cases.ts', cases: RECORD_CASES },
] as const;
const PAGE =
  '<!doctype html><title>Vault</title><link rel="icon" href="data:,"><script type="module" src="/run.js"></script>';
const RUN = `import { CASES } from './cases.js';
const outcomes = (globalThis.outcomes = []);
for (const [claim, run] of CASES) outcomes.push([claim, await run().then(() => 'held', String)]);`;

beforeAll(async () => {
  for (const { name, entry } of SETS) {
    await build({
      configFile: false,
      logLevel: 'error',
      resolve: { conditions: ['browser', 'module', 'import', 'default'] },
      build: {
        outDir: join(root, name),
        target: 'es2023',
        lib: { entry: fileURLToPath(new URL(entry, import.meta.url)), formats: ['es'], fileName: 'cases' },
      },
    });
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test.each(SETS)('keeps in Chromium what it promises on Node: $name', async ({ name, cases }) => {
  const { page, complaints } = await visit.open();
  await page.route('http://localhost/**', (route) => {
    const { pathname } = new URL(route.request().url());
    const headers = { 'content-security-policy': "default-src 'none'; script-src 'self'; img-src data:" };
    if (pathname === '/') return route.fulfill({ body: PAGE, contentType: 'text/html', headers });
    const body = pathname === '/run.js' ? RUN : readFileSync(join(root, name, pathname), 'utf8');
    return route.fulfill({ body, contentType: 'text/javascript', headers });
  });
  await page.goto('http://localhost/');
  const outcomes = () => page.evaluate(() => (globalThis as { outcomes?: [string, string][] }).outcomes ?? []);
  await expect.poll(outcomes, { timeout: 240_000 }).toHaveLength(cases.length);
  expect(await outcomes()).toEqual(cases.map(([claim]) => [claim, 'held']));
  expect(complaints).toEqual([]);
});
