// How much script a first visit loads, by the network, not by the build's own words.
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settled, useBrowser } from './helpers/browser.ts';
import { DemoNode } from './helpers/demo-node.ts';

const visit = useBrowser();
let node: DemoNode;
beforeAll(async () => {
  node = await new DemoNode().start();
});
afterAll(() => node.stop());

/** kB of compressed JavaScript until the page is settled. */
async function scriptOf(page: Page, path: string): Promise<number> {
  const sizes: Promise<number>[] = [];
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script') {
      sizes.push(response.body().then((body) => gzipSync(body).length));
    }
  });
  await page.goto(node.url + path);
  await settled(page);
  return Math.round((await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1000);
}

test.each([
  ['/explorer', 290],
  ['/', 270],
  ['/sign-in', 330],
] as const)('%s loads less than %i kB of compressed JavaScript', async (path, limit) => {
  const { page } = await visit.open();
  const size = await scriptOf(page, path);
  console.log(`${path}: ${size} kB of JavaScript, compressed`);
  expect(size).toBeGreaterThan(50);
  expect(size).toBeLessThan(limit);
});
