// Every page for everybody: axe in both schemes, keyboard, zoom, phones, reduced motion, one origin, strict policy.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeFindingsInBothSchemes, overflow, settled, smallTargets, useBrowser } from './helpers/browser.ts';
import { DemoChain } from './helpers/demo-chain.ts';
import { DemoNode } from './helpers/demo-node.ts';
import { explorerPages } from './helpers/pages.ts';

const visit = useBrowser();
/** 640 and 320 are zooms of 200 and 400 %. The last is a phone, so high that its bar lies over nothing. */
const SIZES = [
  [1000, 700],
  [880, 700],
  [640, 512],
  [320, 256],
  [360, 740],
  [360, 8000],
] as const;

let node: DemoNode;
const chain = new DemoChain(63, Date.now());
const pages = Object.entries(explorerPages(chain));
beforeAll(async () => {
  node = await new DemoNode({ chain }).start();
});
afterAll(() => node.stop());

test.each(pages)(
  'axe finds nothing on %s, it fits every width, and nothing is asked elsewhere',
  async (_name, path) => {
    const { page, complaints, foreign } = await visit.open();
    await page.goto(node.url + path);
    await settled(page);
    expect(await page.locator('h1').count()).toBe(1);
    expect(await axeFindingsInBothSchemes(page)).toEqual([]);
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      expect(await overflow(page), `${width} pixels wide`).toBeLessThanOrEqual(0);
    }
    expect(await axeFindingsInBothSchemes(page)).toEqual([]);
    expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
  },
);

test('axe finds nothing in the open display settings, beside an error, and in the open "More"', async () => {
  const { page } = await visit.open();
  await page.goto(`${node.url}/explorer/blocks`);
  await settled(page);
  await page.getByLabel('Go to height').fill('x');
  await page.getByRole('button', { name: 'Go', exact: true }).click();
  await page.getByRole('button', { name: 'Display' }).click();
  await page.getByText('Time zone').waitFor();
  expect(await axeFindingsInBothSchemes(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 360, height: 740 });
  await page.getByRole('button', { name: 'More' }).click();
  expect(await axeFindingsInBothSchemes(page)).toEqual([]);
});

test('every target on a phone is at least 24 pixels high and wide', async () => {
  const { page } = await visit.open({ viewport: { width: 360, height: 740 }, hasTouch: true });
  for (const [, path] of pages) {
    await page.goto(node.url + path);
    await settled(page);
    expect(await smallTargets(page), path).toEqual([]);
  }
});

describe('by keyboard alone', () => {
  test('skips to the content, searches with Ctrl+K, opens a block, comes back', async () => {
    const { page } = await visit.open();
    await page.goto(`${node.url}/explorer`);
    await settled(page);
    await page.keyboard.press('Tab');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('main');
    await page.keyboard.press('Control+K');
    await page.keyboard.type('8');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Block 8' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  });

  test.each([
    { width: 1280, height: 800 },
    { width: 360, height: 740 },
  ])('sees every stop of the tab key, covered by nothing, at $width pixels', async (viewport) => {
    const { page } = await visit.open({ viewport });
    await page.goto(`${node.url}/explorer/blocks`);
    await settled(page);
    const stops = new Set<string>();
    for (let press = 0; press < 60; press++) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        if (element === document.body) return undefined;
        const { left, top, width, height } = element.getBoundingClientRect();
        const hit = document.elementFromPoint(left + width / 2, top + height / 2);
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const shown = hit !== null && (element.contains(hit) || hit.contains(element));
        return { name: element.outerHTML.slice(0, 160), shown, outline: `${outlineStyle} ${outlineWidth}` };
      });
      if (stop === undefined) break;
      expect(stop).toMatchObject({ shown: true, outline: 'solid 3px' });
      stops.add(stop.name);
    }
    expect(stops.size).toBeGreaterThan(20);
  });

  test('opens "More" on a phone, goes on from it, and closes it with Escape', async () => {
    const { page } = await visit.open({ viewport: { width: 360, height: 740 } });
    await page.goto(`${node.url}/explorer`);
    await settled(page);
    const more = page.getByRole('button', { name: 'More' });
    await more.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Wallets' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => more.getAttribute('aria-expanded')).toBe('false');
    await expect.poll(() => more.evaluate((element) => element === document.activeElement)).toBe(true);
  });
});

test('nothing moves for who asked for less motion', async () => {
  const { page } = await visit.open({ reducedMotion: 'reduce' });
  await page.goto(`${node.url}/explorer`);
  await settled(page);
  node.mine();
  await page.getByRole('button', { name: 'Display' }).click();
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
});

test('keeps the chosen scheme over a reload, before anything is drawn', async () => {
  const { page } = await visit.open({ colorScheme: 'light' });
  await page.goto(`${node.url}/explorer`);
  await settled(page);
  await page.getByRole('button', { name: 'Display' }).click();
  await page.getByText('Dark', { exact: true }).click();
  await page.reload({ waitUntil: 'commit' });
  const scheme = () => page.locator('html').getAttribute('data-mantine-color-scheme');
  await expect.poll(scheme).toBe('dark');
  await settled(page);
  expect(await scheme()).toBe('dark');
});

test('has landmarks, one heading of the first level, and states in status regions', async () => {
  const { page } = await visit.open();
  await page.goto(`${node.url}/explorer`);
  await settled(page);
  const tree = await page.locator('body').ariaSnapshot();
  for (const landmark of ['- banner:', '- search:', '- navigation "Explorer":', '- main:'])
    expect(tree).toContain(landmark);
  expect(tree.match(/heading ".*" \[level=1\]/g)).toEqual(['heading "Overview" [level=1]']);
});
