// What people see and do in the explorer: live blocks, pages of lists, search, statuses, errors, hostile names.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settled, useBrowser } from './helpers/browser.ts';
import { idOf } from './helpers/demo-chain.ts';
import { DemoNode } from './helpers/demo-node.ts';

const visit = useBrowser();
let node: DemoNode;
beforeAll(async () => {
  node = await new DemoNode().start();
});
afterAll(() => node.stop());

async function at(path: string): Promise<Page> {
  const { page } = await visit.open();
  await page.goto(node.url + path);
  await settled(page);
  return page;
}

const firstCell = (page: Page, caption: string) =>
  page.getByRole('table', { name: caption }).locator('tbody tr').first().locator('th');

describe('the overview', () => {
  test('shows a new block without reload, and its statements', async () => {
    const page = await at('/explorer');
    await page.evaluate(() => Object.assign(window, { stayed: true }));
    const block = node.mine({ transactions: 1, statementsEach: 2 });
    await expect.poll(() => firstCell(page, 'Newest blocks').innerText()).toContain(String(block.height));
    const newest = block.transactions[0]?.statements[1]?.id as string;
    await expect.poll(() => firstCell(page, 'Newest statements').textContent()).toContain(newest.slice(0, 6));
    expect(await page.evaluate(() => 'stayed' in window)).toBe(true);
  });

  test('stands still while paused, counts what came, and catches up', async () => {
    const page = await at('/explorer');
    const before = node.chain.head.height;
    await page.getByRole('button', { name: 'Pause' }).click();
    node.mine();
    node.mine();
    await page.getByText('2 newer blocks').waitFor();
    expect(await firstCell(page, 'Newest blocks').innerText()).toContain(String(before));
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect.poll(() => firstCell(page, 'Newest blocks').innerText()).toContain(String(before + 2));
  });

  test('says what the network cannot promise', async () => {
    const page = await at('/explorer');
    const claims = page.getByRole('region', { name: 'What this network cannot promise now' });
    expect(await claims.innerText()).toContain('Patient identifiers can be enumerated by the 4 clinics that hold');
    expect(await claims.innerText()).toContain(
      'The clinics of Organisation A can stop finality when they act together.',
    );
  });
});

describe('the lists', () => {
  test('keep new blocks behind a button until they are asked for', async () => {
    const page = await at('/explorer/blocks');
    const before = node.chain.head.height;
    node.mine();
    const button = page.getByRole('button', { name: 'Show 1 new block' });
    await button.waitFor();
    expect(await page.locator('tbody tr').first().locator('th').innerText()).toContain(String(before));
    await button.click();
    await expect.poll(() => page.locator('tbody tr').first().locator('th').innerText()).toContain(String(before + 1));
  });

  test('go older, newer and to a height by address', async () => {
    const page = await at('/explorer/blocks');
    const top = node.chain.head.height;
    await page.getByRole('link', { name: 'Older' }).click();
    await page.getByText(`Blocks ${top - 25} to ${top - 49}`).waitFor();
    await page.getByRole('link', { name: 'Newer' }).click();
    await page.getByText(`Blocks ${top} to ${top - 24}`).waitFor();
    await page.getByLabel('Go to height').fill('30');
    await page.getByRole('button', { name: 'Go', exact: true }).click();
    await page.getByText('Blocks 30 to 6').waitFor();
    expect(new URL(page.url()).search).toBe('?before=31');
  });

  test('walk every statement of the chain exactly once, down and up again', async () => {
    const page = await at('/explorer/statements');
    const wanted = node.chain.statements().map(({ id }) => id);
    const seen: string[] = [];
    for (;;) {
      await settled(page);
      seen.push(...(await idsOn(page)));
      const older = page.getByRole('link', { name: 'Older' });
      if ((await older.count()) === 0) break;
      const url = page.url();
      await older.click();
      await page.waitForURL((next) => next.href !== url);
      // The address changes before the list does.
      await expect.poll(async () => (await idsOn(page))[0]).not.toBe(seen.at(-25));
    }
    expect(seen).toEqual(wanted.toReversed());
    await page.getByRole('link', { name: 'Newer' }).click();
    await expect.poll(async () => (await idsOn(page)).length).toBe(25);
  });

  test('say what is wrong with a height only after it was sent, and keep it', async () => {
    const page = await at('/explorer/blocks');
    const field = page.getByLabel('Go to height');
    await field.fill('twelve');
    expect(await page.getByText('Enter a height').count()).toBe(0);
    await page.getByRole('button', { name: 'Go', exact: true }).click();
    await page.getByText('Enter a height, for example 1200').waitFor();
    expect(await field.inputValue()).toBe('twelve');
    await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
  });
});

const idsOn = (page: Page): Promise<string[]> =>
  page
    .locator('tbody th a')
    .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).pathname.slice(-64)));

describe('search', () => {
  test('opens a height, written with separators, and an id by its first six digits', async () => {
    const page = await at('/explorer');
    const search = page.getByRole('searchbox');
    await search.fill('1,2');
    await search.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Block 12' }).waitFor();
    const statement = node.chain.statements()[0]?.id as string;
    await search.fill(statement.slice(0, 12).toUpperCase());
    await search.press('Enter');
    await page.waitForURL(`**/explorer/statements/${statement}`);
  });

  test('names what did not match and how to write it', async () => {
    const page = await at('/explorer/search?q=zzz');
    await page.getByText('No match for “zzz”').waitFor();
  });
});

describe('one thing', () => {
  test('watches for a block that is not there yet and shows it when it comes', async () => {
    const next = node.chain.head.height + 1;
    const page = await at(`/explorer/blocks/${next}`);
    await page.getByText('Not seen yet, watching').waitFor();
    node.mine();
    await page.getByRole('heading', { level: 1, name: `Block ${next}` }).waitFor();
  });

  test('links a replaced block to the one that stands at its height', async () => {
    const { replaced, blocks } = node.chain;
    const page = await at(`/explorer/blocks/${replaced.id}`);
    await page.getByText('This block was replaced').waitFor();
    await page.getByText('Replaced by').getByRole('link').click();
    await page.waitForURL(`**/explorer/blocks/${blocks[replaced.height]?.id}`);
  });

  test('goes from block to block', async () => {
    const page = await at('/explorer/blocks/8');
    await page.getByRole('link', { name: 'Next block' }).click();
    await page.getByRole('heading', { level: 1, name: 'Block 9' }).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    await page.getByRole('link', { name: 'Previous block' }).click();
    await page.getByRole('heading', { level: 1, name: 'Block 8' }).waitFor();
  });

  test('tells why a statement was refused, and shows its payload as text', async () => {
    const refused = node.chain.statements().find(({ status }) => status === 'refused');
    const page = await at(`/explorer/statements/${refused?.id}`);
    const text = await page.locator('main').innerText();
    expect(text).toContain('The object has another version. (version)');
    expect(text).toContain('<script>document.title=1</script>');
    expect(await page.title()).toContain('Statement: suspend account');
  });

  test('copies the whole id though only its ends are shown', async () => {
    const { page } = await visit.open({ permissions: ['clipboard-read', 'clipboard-write'] });
    await page.goto(`${node.url}/explorer/statements`);
    await settled(page);
    const [id] = await idsOn(page);
    await page.getByRole('button', { name: 'Copy statement id' }).first().click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(id);
    expect(await page.locator('tbody th').first().textContent()).toContain(id);
  });

  test('says when an address leads nowhere', async () => {
    const page = await at(`/explorer/blocks/${idOf('x').slice(1)}`);
    await page.getByText('This is no height and no block id').waitFor();
  });
});

test('says in words that the node cannot answer, and loads when it can again', async () => {
  node.failing.set('wallet_list', 'wallet.unheard-of');
  const page = await at('/explorer/wallets');
  await page.getByText('This could not be loaded').waitFor();
  node.failing.delete('wallet_list');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('table').waitFor();
});

test('switches between age and time in every list, and to UTC with its name in the header', async () => {
  const { page } = await visit.open({ timezoneId: 'Asia/Kolkata' });
  await page.goto(`${node.url}/explorer/blocks`);
  await settled(page);
  await page.getByRole('button', { name: /^Age/ }).click();
  await page.getByRole('columnheader', { name: 'Time, UTC+05:30' }).waitFor();
  await page.getByRole('button', { name: 'Display' }).click();
  await page.getByText('UTC', { exact: true }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('columnheader', { name: 'Time, UTC:' }).waitFor();
  const shown = await page.locator('tbody tr').first().locator('time').innerText();
  expect(shown).toMatch(/^\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d$/);
});

test.each([-10, 10])('shows ages by the clock of the node, with a device that is %d minutes off', async (minutes) => {
  const { page } = await visit.open();
  await page.clock.install({ time: Date.now() + minutes * 60_000 });
  await page.goto(`${node.url}/explorer/blocks`);
  node.mine();
  await settled(page);
  expect(await page.locator('tbody tr').first().locator('time').innerText()).toMatch(
    /^(?:just now|\d+ seconds? ago|[1-4] minutes? ago)$/,
  );
});

test('keeps names of any script and length what they are: text', async () => {
  const page = await at('/explorer/members');
  expect(await page.locator('main img').count()).toBe(0);
  expect(await page.locator('main').innerText()).toContain('<img src=x onerror="document.title=1"> Ward');
  expect(await page.title()).not.toBe('1');
});

test('holds a block of thousands of statements in under a hundred rows, with the last one by keyboard', async () => {
  const block = node.mine({ transactions: 40, statementsEach: 60 });
  const page = await at(`/explorer/blocks/${block.height}`);
  const table = page.getByRole('table', { name: `Statements of block ${block.height}` });
  expect(await table.getAttribute('aria-rowcount')).toBe('2401');
  expect(await table.locator('tbody tr').count()).toBeLessThan(100);
  await page.getByRole('region', { name: /^Statements of block \d+, scrolls/ }).focus();
  await page.keyboard.press('End');
  await table.locator('tr[aria-rowindex="2401"]').waitFor();
  const id = block.transactions[20]?.statements[30]?.id as string;
  await page.getByLabel('Find a statement by id, kind or status').fill(id.slice(0, 10));
  await expect.poll(() => table.getAttribute('aria-rowcount')).toBe('2');
});

test('downloads the whole chain', async () => {
  const page = await at('/explorer/export');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download the chain' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('wardmesh-chain.json');
  const stream = await download.createReadStream();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  expect(JSON.parse(Buffer.concat(chunks).toString('utf8'))).toHaveLength(node.chain.blocks.length);
});
