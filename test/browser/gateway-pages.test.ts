// The gateway's own pages in a browser: the challenge goes on by itself, there is a way without a script, and all of them are
// for everybody.

import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../common/clock.ts';
import { WAIT_MS } from '../../gateway/captcha/waiting.ts';
import { GatewayProxy } from '../../gateway/ways-in/proxy.ts';
import { Upstream } from '../../gateway/ways-in/upstream.ts';
import { gatewayParts } from '../gateway/ways-in/parts.ts';
import { Servers } from '../gateway/ways-in/servers.ts';
import { axeFindings, overflow, smallTargets, useBrowser } from './helpers/browser.ts';

const visit = useBrowser();
const servers = new Servers();
const stops: (() => void)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  await servers.close();
});

async function site() {
  const application = await servers.listen((req, res) => {
    res.setHeader('content-type', 'text/html').end(`<!doctype html><title>a</title><h1>Appointments ${req.url}</h1>`);
  });
  const anonymous = { name: 'anonymous', rate: 0.01, burst: 60 };
  const parts = gatewayParts({ clock: systemClock, anonymous });
  const upstream = new Upstream({ url: new URL(`http://127.0.0.1:${application}`) });
  stops.push(() => upstream.stop());
  const proxy = new GatewayProxy({ upstream, ...parts });
  const port = await servers.listen(createServer(proxy.request));
  const all = (verdict: 'challenge' | 'block') => {
    for (const address of ['127.0.0.1', '::/64']) parts.verdicts.set(address, verdict);
  };
  return { ...parts, at: `http://localhost:${port}`, all };
}

const own = (complaints: readonly string[]) => complaints.filter((text) => !/status of 4(03|29)/.test(text));

describe('pages of the gateway', () => {
  it('a challenge is solved by the browser and leads on to where one wanted to go, once for half an hour', async () => {
    const { at, all, decisions } = await site();
    all('challenge');
    const { page, complaints, foreign } = await visit.open();
    await page.goto(`${at}/free?day=1&doctor=2`);
    await page.getByText('Appointments /free?day=1&doctor=2').waitFor();
    await page.goto(`${at}/next`);
    await page.getByText('Appointments /next').waitFor();
    expect(decisions.filter(({ action }) => action === 'challenge')).toHaveLength(1);
    expect(decisions.at(-1)!.rule).toBe('clearance');
    expect([own(complaints), foreign]).toEqual([[], []]);
  });

  it('without a script one waits and presses a button', async () => {
    const { at, all } = await site();
    all('challenge');
    const { page, foreign } = await visit.open({ javaScriptEnabled: false });
    await page.goto(`${at}/free`);
    await page.getByText('Please wait 12 seconds').waitFor();
    await page.getByRole('button').click();
    await page.getByText(/Please wait \d+ seconds?, then/).waitFor();
    await page.waitForTimeout(WAIT_MS);
    await page.getByRole('button').click();
    await page.getByText('Appointments /free').waitFor();
    expect(foreign).toEqual([]);
  });

  it.each(['challenge', 'wait', 'refuse', 'limit'])(
    'the page %s is for everybody: axe, telephones, keyboard',
    async (kind) => {
      const { at, all, limits, door } = await site();
      if (kind === 'challenge') all('challenge');
      if (kind === 'refuse') all('block');
      const { page, complaints, foreign } = await visit.open({ viewport: { width: 320, height: 640 } });
      // The answer never comes: the page stays.
      await page.route('**/.wardmesh/captcha', (route) => route.abort('aborted'));
      if (kind === 'limit') {
        await page.goto(at);
        const headers = { 'user-agent': 'a' };
        for (const peer of ['127.0.0.1', '::1']) {
          const facts = await door.factsOf({ method: 'GET', url: '/', headers, rawHeaders: [], peer, secure: false });
          for (let i = 0; i < 60; i++) await limits.take(facts);
        }
      }
      await page.goto(`${at}${kind === 'wait' ? '/.wardmesh/wait?to=/' : '/'}`);
      await page.locator('h1').waitFor();
      if (process.env.WARDMESH_SHOTS !== undefined)
        await page.screenshot({ path: `${process.env.WARDMESH_SHOTS}/${kind}.png` });
      expect(await axeFindings(page)).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      expect(await smallTargets(page)).toEqual([]);
      expect([own(complaints), foreign]).toEqual([[], []]);
    },
  );
});
