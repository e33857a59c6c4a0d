// A node that goes away, falls silent, or comes back, as the pages see it.
import { afterEach, expect, test } from 'vitest';
import { axeFindings, settled, useBrowser } from './helpers/browser.ts';
import { DemoNode } from './helpers/demo-node.ts';

const visit = useBrowser();
const nodes: DemoNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});

async function started(options: ConstructorParameters<typeof DemoNode>[0] = {}): Promise<DemoNode> {
  const node = await new DemoNode(options).start();
  nodes.push(node);
  return node;
}

const BANNER = /No connection to this clinic's node. What you see is as of \d\d:\d\d:\d\d/;

test('says since when what it shows is old, keeps showing it, and catches up when the node is back', async () => {
  const first = await started();
  const { chain, port } = first;
  const { page } = await visit.open();
  await page.goto(`${first.url}/explorer`);
  await settled(page);
  await first.stop();
  await page.getByText(BANNER).waitFor();
  await page
    .getByText('Offline', { exact: true })
    .or(page.getByText('Connecting', { exact: true }))
    .waitFor();
  expect(await page.getByRole('table', { name: 'Newest blocks' }).locator('tbody tr').count()).toBe(8);
  expect(await axeFindings(page)).toEqual([]);
  const missed = chain.grow({ transactions: 0, statementsEach: 0 });
  await started({ port, chain });
  await page.getByText('Live', { exact: true }).waitFor();
  await expect.poll(() => page.getByText(BANNER).count()).toBe(0);
  await page.getByRole('table', { name: 'Newest blocks' }).getByText(String(missed.height), { exact: true }).waitFor();
});

test('notices a connection that went silent without being closed', async () => {
  const node = await started();
  const { page } = await visit.open();
  let cut = false;
  await page.routeWebSocket(/\/rpc$/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      if (!cut) server.send(message);
    });
    server.onMessage((message) => {
      if (!cut) socket.send(message);
    });
  });
  await page.goto(`${node.url}/explorer`);
  await page.getByText('Live', { exact: true }).waitFor();
  cut = true;
  await page.getByText(BANNER).waitFor();
});

test('tells what to do when the node does not answer from the start', async () => {
  const node = await started();
  const { page } = await visit.open();
  await page.goto(node.url);
  await page.getByRole('heading', { level: 1, name: 'Northside' }).waitFor();
  node.failing.set('node_health', 'rpc.stopping');
  await page.goto(`${node.url}/explorer`);
  await page.getByText('This could not be loaded').waitFor();
});
