// The worked examples of the SDK in Chromium, as pages of two real nodes: their doctors' sessions count, what is taken along is
// encrypted in the page.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { genesisId } from '../../consensus/genesis.ts';
import type * as First from '../../sdk/examples/first-record.ts';
import type * as Share from '../../sdk/examples/share-and-take.ts';
import { useBrowser, type Watched } from './helpers/browser.ts';
import { type ClinicPages, startClinic } from './helpers/clinic.ts';
import { MINUTE, NUMBER, patient } from './helpers/journey.ts';
import { withFactor } from './helpers/people.ts';
import { type Employed, employ } from './helpers/staff.ts';

const DAY = 86_400_000;
const EXAMPLES = ['first-record', 'share-and-take'] as const;
const FOLDER = '/sdk-example/';
const PAGE =
  '<!doctype html><title>Example</title><link rel="icon" href="data:,"><script type="module" src="run.js"></script>';
const RUN = `${EXAMPLES.map((name, n) => `import * as e${n} from './${name}.js';`).join('\n')}
globalThis.examples = { ...e0, ...e1 };`;

declare global {
  var examples: typeof First & typeof Share;
}

const visit = useBrowser();
const root = mkdtempSync(join(tmpdir(), 'wardmesh-sdk-'));
let clinic: ClinicPages;
let anna: Employed;
let chloe: Employed;

beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['browser', 'module', 'import', 'default'] },
    build: {
      outDir: root,
      target: 'es2023',
      lib: {
        entry: Object.fromEntries(
          EXAMPLES.map((name) => [name, fileURLToPath(new URL(`../../sdk/examples/${name}.ts`, import.meta.url))]),
        ),
        formats: ['es'],
      },
    },
  });
  clinic = await startClinic({}, { clinics: 2, apart: true });
  const { net } = clinic;
  [anna, chloe] = await Promise.all([employ(net, 1, 'anna', 'doctor'), employ(net, 2, 'chloe', 'doctor')]);
  await withFactor(anna.door);
}, 8 * MINUTE);
afterAll(async () => {
  rmSync(root, { recursive: true, force: true });
  await clinic?.net.remove();
}, MINUTE);

/** A page of the node for whoever is signed in, with the strictest policy that it can run under. */
async function pageAt(number: number, person: Employed): Promise<Watched> {
  const watched = await visit.open();
  const { page } = watched;
  await person.enter(page);
  await page.route(`**${FOLDER}**`, (route) => {
    const { pathname } = new URL(route.request().url());
    const headers = {
      'content-security-policy': "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:",
    };
    if (pathname === FOLDER) return route.fulfill({ body: PAGE, contentType: 'text/html', headers });
    const name = pathname.slice(FOLDER.length);
    const body = name === 'run.js' ? RUN : readFileSync(join(root, name), 'utf8');
    return route.fulfill({ body, contentType: 'text/javascript', headers });
  });
  await page.goto(`${clinic.urls[number - 1]}${FOLDER}`);
  await expect.poll(() => page.evaluate(() => globalThis.examples !== undefined)).toBe(true);
  return watched;
}

test(
  'write, prove, share, read at another clinic, and take along encrypted, as on Node',
  async () => {
    const here = await pageAt(1, anna);
    const url = clinic.urls[0] as string;
    const id = toHex(genesisId(clinic.net.founded.bundle.genesis));
    const asked = { url, genesisId: id, number: NUMBER };
    const first = await here.page.evaluate((given) => globalThis.examples.firstRecord(given), asked);
    expect(first.written.map(({ category }) => category)).toEqual(['labs', 'notes']);
    expect(first.proven).toMatchObject({
      genesis: id,
      shown: { type: 'statement', statement: { kind: 'records.add', outcome: 'applied', entries: 2 } },
    });
    const another = { ...asked, genesisId: '0'.repeat(64) };
    const wrong = here.page.evaluate((given) => globalThis.examples.firstRecord(given), another);
    await expect(wrong).rejects.toThrow('sdk.genesis');

    const there = await pageAt(2, chloe);
    const at2 = { url: clinic.urls[1] as string, of: patient };
    const read = () => there.page.evaluate(({ url: to, of }) => globalThis.examples.readShared(to, of, 1), at2);
    expect(await read()).toEqual([]);
    const to = { clinic: 2, until: Date.now() + DAY };
    const shared = { url, of: patient, to };
    await here.page.evaluate((given) => globalThis.examples.share(given.url, given.of, ['labs'], given.to), shared);
    await expect.poll(read, { timeout: 4 * MINUTE, interval: 1000 }).toHaveLength(1);
    expect(JSON.parse((await read())[0] as string)).toMatchObject({ id: 'glucose-1' });

    const trusted = { url, of: patient, genesisId: id, passphrase: 'quarry-violin-meadow-4' };
    const taken = await here.page.evaluate(
      (given) => globalThis.examples.takeAlong(given.url, given.of, given),
      trusted,
    );
    expect(taken).toBe(2);
    for (const { complaints, foreign } of [here, there])
      expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
  },
  20 * MINUTE,
);
