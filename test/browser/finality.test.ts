// What pages say of finality, of the members and what changes them, and of a node that catches up: in each state, in both
// schemes, for everybody.
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { axeFindingsInBothSchemes, overflow, settled, useBrowser } from './helpers/browser.ts';
import { DemoChain } from './helpers/demo-chain.ts';
import { changed, proposals } from './helpers/demo-members.ts';
import { DemoNode } from './helpers/demo-node.ts';

const visit = useBrowser();
const nodes: DemoNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});

async function started(blocks = 63, votes = true): Promise<DemoNode> {
  const node = await new DemoNode({ chain: new DemoChain(blocks, Date.now(), { votes }) }).start();
  nodes.push(node);
  return node;
}

async function at(node: DemoNode, path: string): Promise<Page> {
  const { page } = await visit.open();
  await page.goto(node.url + path);
  await settled(page);
  return page;
}

const words = (page: Page): Promise<string> => page.locator('main').innerText();

/** Clinic 3 is away too: two of four are left. */
function lose(node: DemoNode): void {
  node.chain.stopVoting();
  const { members } = node.members;
  node.members = {
    ...node.members,
    members: members.map((one) => (one.number === 3 ? { ...one, connected: false } : one)),
  };
}

describe('finality', () => {
  test('is told by height and distance, on the overview and on what waits for it', async () => {
    const node = await started();
    const { final } = node.chain;
    const page = await at(node, '/explorer');
    const figure = page.locator('dl > div', { hasText: 'Final height' });
    expect(await figure.innerText()).toBe(
      `Final height\n${final}\n${node.chain.head.height - final} blocks behind the head`,
    );
    expect(await words(page)).not.toContain('stands still');
    await page.goto(`${node.url}/explorer/blocks/${final}`);
    await page.getByText('Certified by more than two thirds of the members. It cannot change any more.').waitFor();
    await page.goto(`${node.url}/explorer/blocks/${final + 1}`);
    await page
      .getByText(`On the main chain, and may still be replaced. Not final yet: the newest final block is ${final}.`)
      .waitFor();
    const statements = node.chain.statements();
    const waiting = statements.find(({ status }) => status === 'applied');
    await page.goto(`${node.url}/explorer/statements/${waiting?.id}`);
    await page.getByText(`Not final yet: the newest final block is ${final}.`).waitFor();
    await page.goto(`${node.url}/explorer/txs/${waiting?.transaction}`);
    await page.getByText(`Not final yet: the newest final block is ${final}.`).waitFor();
  });

  test('of a refusal is told too', async () => {
    const node = await started();
    const refused = node.chain.statements().filter(({ status }) => status === 'refused');
    const page = await at(node, `/explorer/statements/${refused[0]?.id}`);
    await page.getByText('The block is final: the refusal cannot change any more.').waitFor();
    await page.goto(`${node.url}/explorer/statements/${refused.at(-1)?.id}`);
    await page.getByText('If the block is replaced, a later one may still apply the statement.').waitFor();
  });

  test('that stands still is told with who answers, what holds, and what ends it, until it goes on', async () => {
    const node = await started();
    const { final } = node.chain;
    lose(node);
    const page = await at(node, '/explorer');
    expect(await page.getByRole('heading', { name: 'Finality stands still' }).count()).toBe(0);
    for (let blocks = 0; blocks < 20; blocks++) node.mine();
    await page.getByRole('heading', { name: 'Finality stands still: 2 of 4 voting clinics answer' }).waitFor();
    // Said while the blocks still come in, one by one.
    for (const told of [
      `The last final block is ${final}, though`,
      'more than two thirds of the voting clinics (3 of 4) vote for it',
      `Stands still, ${node.chain.head.height - final} blocks behind the head`,
    ]) {
      await expect.poll(() => words(page)).toContain(told);
    }
    await page.goto(`${node.url}/explorer/blocks/${node.chain.head.height}`);
    await page.getByText(`Not final: finality stands still, the newest final block is ${final}.`).waitFor();
    await page.goto(`${node.url}/explorer`);
    await page.getByRole('heading', { name: 'Finality stands still: 2 of 4 voting clinics answer' }).waitFor();
    node.chain.resumeVoting();
    node.mine();
    await expect.poll(() => page.getByRole('heading', { name: 'Finality stands still' }).count()).toBe(0);
  });
});

describe('the members page', () => {
  test('shows the set in force, how it is governed, its votes, and no change where none comes', async () => {
    const page = await at(await started(), '/explorer/members');
    const told = await words(page);
    expect(told).toContain('Member set\n0\nThe founders');
    expect(told).toContain('Voting clinics\n4 of 4\n3 must agree before a block is final');
    expect(told).toContain('Governance\nBy clinic');
    expect(told).toContain('Next change\nNone');
    expect(told).toContain('Nothing yet');
    expect(await page.getByRole('heading', { name: 'Former members' }).count()).toBe(0);
  });

  test('shows a change that comes, a transition, suspended votes and who is gone', async () => {
    const node = await started();
    node.members = changed(node.chain.head.height + 12);
    const page = await at(node, '/explorer/members');
    const told = await words(page);
    expect(told).toContain(`Next change\nBlock ${node.chain.head.height + 12}\nMember set 4, in about 24 s`);
    expect(told).toContain('Voting clinics\n3 of 4\n3 must agree before a block is final; votes of 1 suspended');
    expect(told).toContain('Member set 3 has taken over from set 2.');
    expect(told).toContain('Active\nVotes suspended');
    const former = page.getByRole('table', { name: '2 clinics that left or were removed' });
    expect(await former.locator('tbody tr').allInnerTexts()).toEqual([
      expect.stringMatching(/Harbour Surgery.*Organisation B.*Left/s),
      expect.stringMatching(/Old Mill.*Old Mill Trust.*Removed/s),
    ]);
    expect(await page.getByRole('table', { name: '4 clinics of 3 organisations' }).innerText()).not.toContain(
      'Harbour',
    );
  });

  test('shows each proposal with who approved and what is missing, and its words as text', async () => {
    const node = await started();
    node.proposals = proposals(node.chain.head.height);
    const page = await at(node, '/explorer/members');
    const rows = page.getByRole('table', { name: '3 proposals, 1 open' }).locator('tbody tr');
    const [admit, removal, feature] = await rows.allInnerTexts();
    expect(admit).toMatch(/^Admit <img src=x .*Open.*2 clinics, first who proposed it\nNorthside\n<img.*1 approval/s);
    expect(admit).toMatch(/Until block 20,222\nAbout 11 hours more$/);
    expect(removal).toMatch(/^Remove clinic 6 \(Old Mill\).*Approved.*3 clinics.*\nSaint .*Northside.*None.*No need/s);
    expect(feature).toMatch(/^Activate feature 7.*Expired.*1 clinic,.*Clinic 6.*Too late.*Until block 12$/s);
    expect(await page.locator('main img').count()).toBe(0);
  });
});

describe('a node that catches up', () => {
  test('shows how far it is on every page, without reading figures out, and hides it when it is there', async () => {
    const node = await started();
    node.sync = { phase: 'bodies', done: 1200, total: 3000 };
    const page = await at(node, '/explorer/blocks');
    const bar = page.getByRole('progressbar', { name: 'Progress' });
    expect(await bar.getAttribute('aria-valuetext')).toBe('Blocks applied: 1,200 of 3,000');
    const said = page.getByRole('status').filter({ hasText: 'is catching up with the other clinics' });
    expect(await said.innerText()).not.toMatch(/\d/);
    node.sync = { phase: 'snapshot', done: 12, total: 40 };
    await page.getByText('Parts of the final state fetched: 12 of 40').waitFor();
    node.sync = { phase: 'bodies', done: 2999, total: 3000 };
    await bar.waitFor({ state: 'detached' });
    await expect.poll(() => said.count()).toBe(0);
  });

  test('does not take its own delay for a standstill, and goes on fetching older blocks without a bar', async () => {
    const node = await started(63, false);
    node.sync = { phase: 'headers', done: 60, total: 900 };
    const page = await at(node, '/explorer');
    expect(await page.getByRole('heading', { name: 'Finality stands still' }).count()).toBe(0);
    node.sync = { phase: 'backfill', done: 300, total: 900 };
    await page.getByText('Fetching older blocks: 300 of 900').waitFor();
    expect(await page.getByRole('progressbar').count()).toBe(0);
    await page.getByRole('heading', { name: 'Finality stands still' }).waitFor();
  });
});

const STATES = {
  'a standstill on the overview': ['/explorer', lose],
  'a standstill on the members page': ['/explorer/members', lose],
  'members that change': ['/explorer/members', change],
  'catching up': [
    '/explorer',
    (node: DemoNode) => Object.assign(node, { sync: { phase: 'bodies', done: 12, total: 90 } }),
  ],
} as const;

function change(node: DemoNode): void {
  node.members = changed(node.chain.head.height + 12);
  node.proposals = proposals(node.chain.head.height);
}

test.each(Object.entries(STATES))('axe finds nothing on %s, and it fits every width', async (name, [path, set]) => {
  const node = await started(63, !name.includes('standstill'));
  set(node);
  const { page, complaints, foreign } = await visit.open();
  await page.goto(node.url + path);
  await settled(page);
  if (name.includes('standstill')) await page.getByRole('heading', { name: 'Finality stands still: 2 of 4' }).waitFor();
  expect(await axeFindingsInBothSchemes(page)).toEqual([]);
  for (const width of [1000, 640, 360, 320]) {
    await page.setViewportSize({ width, height: 740 });
    expect(await overflow(page), `${width} pixels wide`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize({ width: 360, height: 8000 });
  expect(await axeFindingsInBothSchemes(page)).toEqual([]);
  expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
});
