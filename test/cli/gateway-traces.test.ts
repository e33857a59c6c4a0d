// What a gateway by itself leaves on its disk of those whom it judged: the list while it blocks them, and a log that is sealed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { KeptList } from '../../cli/gateway/kept-list.ts';
import { gatewaySettings } from '../../cli/gateway/settings.ts';
import { startGateway } from '../../cli/gateway/stand-alone.ts';
import { type Clock, systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { parseAddress } from '../../gateway/address.ts';
import { ask, Servers } from '../gateway/ways-in/servers.ts';
import { TraceSearch } from '../helpers/traces.ts';

const HOUR = 3_600_000;
const [BLOCKED, SCANNER, VISITOR] = ['203.0.113.178', '198.51.100.201', '192.0.2.199'];

const directory = mkdtempSync(join(tmpdir(), 'wardmesh-traces-'));
const data = join(directory, 'data');
const servers = new Servers();
const logger = createLogger({ level: 'silent' });
let ahead = 0;
const clock: Clock = { ...systemClock, now: () => Date.now() + ahead };

afterAll(async () => {
  await servers.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Where something of the addresses stands, as text, number or bytes in hex and base64. */
async function traces(): Promise<string[]> {
  const search = new TraceSearch();
  for (const address of [BLOCKED, SCANNER, VISITOR]) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(parseAddress(address).high);
    for (const text of [address, bytes.toString('hex'), String(bytes.readUInt32BE()), String(bytes.readUInt32LE())])
      search.add(text, address);
    // As the log writes a network before it is sealed.
    search.add(Buffer.concat([Buffer.from([4, 32]), bytes]).toString('hex'), address);
  }
  const { traces: found, files } = await search.inDirectory(data);
  expect(files).toBeGreaterThan(2);
  return [...new Set(found.map(({ value, where }) => `${value} in ${where.slice(data.length + 1)}`))];
}

it('property 39: auto-block expiry: a gateway keeps an address in its list while it blocks it, and of judged requests nothing readable', async () => {
  const application = await servers.listen((_, response) => void response.end('application'));
  const raw = {
    ...{ upstream: `http://127.0.0.1:${application}`, listen: '127.0.0.1:0', mode: 'enforce', data },
    trustedProxies: ['127.0.0.0/8'],
  };
  const run = async (visits: () => Promise<void>, port: (number: number) => void) => {
    const gateway = await startGateway(gatewaySettings(raw, directory), { clock, logger });
    port(gateway.address.port);
    await visits();
    await gateway.stop();
  };
  let port = 0;
  const visit = async (address: string, path = '/') =>
    (await ask(port, { path, headers: { 'x-forwarded-for': address } })).status;
  await run(
    async () => undefined,
    () => undefined,
  );
  const told = new KeptList(
    { path: join(data, 'list'), seed: 1 },
    { logger, breaker: { holds: () => undefined, room: () => 0 }, onRemoved: () => undefined },
  );
  const change = { address: BLOCKED, effect: 'block', byHand: false, until: clock.now() + HOUR } as const;
  await told.take({ changes: [change], next: 1, more: false }, clock.now());
  await told.save(clock.now());

  await run(
    async () => {
      for (let i = 0; i < 3; i++) expect(await visit(BLOCKED)).toBe(403);
      for (let i = 0; i < 30; i++) await visit(SCANNER, `/.git/config?q=${i}+union+select`);
      expect(await visit(SCANNER, '/.env')).toBe(403);
      expect(await visit(VISITOR)).toBe(200);
    },
    (number) => {
      port = number;
    },
  );
  expect(await traces()).toEqual([`${BLOCKED} in list`]);

  // The node is gone for good: nobody says any more what ended.
  ahead += 2 * HOUR;
  await run(
    async () => {
      expect(await visit(BLOCKED)).toBe(200);
    },
    (number) => {
      port = number;
    },
  );
  expect(await traces()).toEqual([]);
}, 60_000);
