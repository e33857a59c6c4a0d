// A person who acts for another, in her pages: what they ask is about whom she chose, and what is her own is not shown for that one.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settled, useBrowser } from './helpers/browser.ts';
import { DemoNode } from './helpers/demo-node.ts';
import { asPatient } from './helpers/demo-patient.ts';

const visit = useBrowser();
let node: DemoNode;
beforeAll(async () => {
  node = await new DemoNode().start();
});
afterAll(() => node.stop());

test('a guardian chooses for whom, every call says so, documents of her own are not mixed in, and back again', async () => {
  const { page } = await visit.open();
  await asPatient(page, { acting: true });
  const asked: { method: string; params: { actingFor?: string } }[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/rpc')) asked.push(...[request.postDataJSON()].flat());
  });
  await page.goto(`${node.url}/me/records`);
  await settled(page);
  const last = (method: string) => asked.findLast((one) => one.method === method)?.params.actingFor;
  expect(last('me_records')).toBeUndefined();
  await page.getByLabel('You act for').selectOption({ label: 'Kim <b>Berg</b>' });
  await expect.poll(() => last('me_records')).toBe('ref.a2lt');
  await expect.poll(() => page.getByRole('status').filter({ hasText: 'under your own name' }).count()).toBe(1);
  await page.getByRole('link', { name: 'Requests' }).first().click();
  await expect.poll(() => last('me_requests')).toBe('ref.a2lt');
  // A guardian takes the child's records along and has them erased; what is uploaded is each person's own.
  await page.getByRole('link', { name: 'Take with you' }).first().click();
  await expect.poll(() => last('me_summary')).toBe('ref.a2lt');
  expect(await page.getByRole('heading', { name: 'Only for yourself' }).count()).toBe(0);
  await page.getByRole('link', { name: 'My health' }).first().click();
  await page.getByRole('link', { name: 'Have your records erased' }).click();
  await expect.poll(() => last('me_erasure')).toBe('ref.a2lt');
  await page.getByRole('link', { name: 'My health' }).first().click();
  await page.getByRole('link', { name: 'Add a document' }).click();
  await page.getByRole('heading', { name: 'Only for yourself' }).waitFor();
  await page.getByLabel('You act for').selectOption({ label: 'Yourself' });
  await page.getByRole('heading', { name: 'Only for yourself' }).waitFor({ state: 'detached' });
  asked.length = 0;
  await page.getByRole('link', { name: 'Sharing' }).first().click();
  await expect.poll(() => asked.some(({ method }) => method === 'me_sharing')).toBe(true);
  expect(asked.filter(({ params }) => params?.actingFor !== undefined)).toEqual([]);
});
