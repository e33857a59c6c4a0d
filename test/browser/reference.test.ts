// The reference of the REST door in a browser, under the strict policy of all pages.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useBrowser } from './helpers/browser.ts';
import { DemoNode } from './helpers/demo-node.ts';

const visit = useBrowser();
const node = new DemoNode();
beforeAll(() => node.start());
afterAll(() => node.stop());

test('shows every area, sends a request, and neither breaks the policy nor asks another origin', async () => {
  const { page, complaints, foreign } = await visit.open();
  await page.goto(`${node.url}/api/docs`);
  await page.getByRole('heading', { name: /^Wardmesh/ }).waitFor();
  for (const area of ['node', 'chain', 'tx', 'patient', 'threat', 'member']) {
    await page.locator(`#operations-tag-${area}`).waitFor();
  }
  await page.locator('#operations-tag-chain').click();
  const operation = page.locator('#operations-chain-chain_head');
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  const [answer] = await Promise.all([
    page.waitForResponse(/\/api\/v1\/chain\/head$/),
    operation.getByRole('button', { name: 'Execute' }).click(),
  ]);
  expect(answer.status()).toBe(200);
  await operation.locator('.live-responses-table').getByText('200', { exact: true }).first().waitFor();
  expect(complaints).toEqual([]);
  expect(foreign).toEqual([]);
});
