// The explorer on the real development network: four processes that mine, and the page of one of them.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../rpc/client.ts';
import { axeFindings, settled, useBrowser } from './helpers/browser.ts';

const BIN = fileURLToPath(new URL('../../bin/wardmesh.js', import.meta.url));
const URL_OF_CLINIC_1 = 'http://localhost:8641';

const visit = useBrowser();
let folder: string;
let devnet: ChildProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wardmesh-devnet-'));
  devnet = spawn(process.execPath, [BIN, 'devnet'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  devnet.stderr?.on('data', (chunk) => {
    said += String(chunk);
  });
  await new Promise<void>((resolve, reject) => {
    devnet.stdout?.on('data', (chunk) => {
      said += String(chunk);
      if (said.includes('Stop with Ctrl+C')) resolve();
    });
    devnet.once('exit', (code) => reject(new Error(`the devnet ended with ${code}: ${said}`)));
  });
});

afterAll(async () => {
  if (devnet.exitCode === null) {
    const over = new Promise((resolve) => devnet.once('exit', resolve));
    devnet.kill('SIGINT');
    await over;
  }
  rmSync(folder, { recursive: true, force: true });
});

test('sees new blocks of the running network arrive without reload, and what they carry', async () => {
  const { page, complaints, foreign } = await visit.open();
  await page.goto(`${URL_OF_CLINIC_1}/explorer`);
  await settled(page);
  await page.evaluate(() => Object.assign(window, { stayed: true }));
  const top = page.getByRole('table', { name: 'Newest blocks' }).locator('tbody tr').first().locator('th');
  const height = async () => Number((await top.innerText()).replace(/\D/g, ''));
  const before = await height();
  await expect.poll(height, { timeout: 240_000 }).toBeGreaterThanOrEqual(before + 2);
  expect(await page.evaluate(() => 'stayed' in window)).toBe(true);
  // Patients, people and keys of the development network, whichever came last.
  const statements = page.getByRole('table', { name: 'Newest statements' }).locator('tbody tr');
  await statements
    .filter({ hasText: /Register patients|account|role|ceremony|key/i })
    .first()
    .waitFor();
  expect(await axeFindings(page)).toEqual([]);
  expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
});

test('shows the same chain, statement by statement, as the node answers', async () => {
  const client = createClient({ url: URL_OF_CLINIC_1 });
  const { page } = await visit.open();
  await page.goto(`${URL_OF_CLINIC_1}/explorer/statements`);
  await settled(page);
  await page.locator('tbody th a').first().click();
  await page.getByRole('heading', { level: 1, name: /^Statement: / }).waitFor();
  const id = new URL(page.url()).pathname.slice(-64);
  const statement = await client.call('chain_statement', { id });
  const text = () => page.locator('main').innerText();
  await expect.poll(text).toContain(statement.id);
  await expect.poll(text).toContain(statement.name);
  await expect
    .poll(text)
    .toMatch(
      /Not final: nothing is final on this network yet|Not final yet: the newest final block is \d|It cannot change/,
    );
  client.close();
});
