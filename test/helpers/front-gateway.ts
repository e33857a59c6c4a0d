// A gateway by itself, as `wardmesh gateway` puts it together, before an application of one line: it follows a running node
// and believes who its visitors say they are. For tests that ask what visitors see.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewaySettings } from '../../cli/gateway/settings.ts';
import { startGateway } from '../../cli/gateway/stand-alone.ts';
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import type { RpcClient } from '../../rpc/client.ts';
import { ask, Servers } from '../gateway/ways-in/servers.ts';
import { waitFor } from './wait-for.ts';

/** How often a visitor tries, ms: no faster, or the gateway judges the trying itself. */
const TRY_EVERY_MS = 20;

export interface FrontGateway {
  /** What it does with a request of this address: `refuse`, `challenge`, `limit`, or undefined where it lets it through. */
  actionOn(address: string): Promise<string | undefined>;
  /** Tries until it does so. */
  until(address: string, action: string | undefined, timeoutMs?: number): Promise<void>;
  stop(): Promise<void>;
}

export async function frontGateway(url: string, client: Pick<RpcClient, 'call'>): Promise<FrontGateway> {
  const directory = await mkdtemp(join(tmpdir(), 'wardmesh-front-'));
  const servers = new Servers();
  const application = await servers.listen((_, res) => void res.end('application'));
  const scopes = ['threat:gateway', 'threat:report'];
  const { secret } = await client.call('apikey_create', { name: 'front', scopes, until: Date.now() + 86_400_000 });
  const keyFile = join(directory, 'key');
  await writeFile(keyFile, secret);
  const settings = gatewaySettings(
    {
      upstream: `http://127.0.0.1:${application}`,
      listen: '127.0.0.1:0',
      mode: 'enforce',
      node: url,
      keyFile,
      trustedProxies: ['127.0.0.0/8'],
      data: join(directory, 'data'),
    },
    directory,
  );
  const logger = createLogger({ level: 'silent' });
  const running = await startGateway(settings, { clock: systemClock, logger });
  const actionOn = async (address: string): Promise<string | undefined> => {
    const { headers } = await ask(running.address.port, { headers: { 'x-forwarded-for': address } });
    const action = headers['x-wardmesh-action'];
    return action === undefined ? undefined : String(action);
  };
  return {
    actionOn,
    until: (address, action, timeoutMs = 60_000) =>
      waitFor(async () => (await actionOn(address)) === action, {
        timeoutMs,
        intervalMs: TRY_EVERY_MS,
        what: `${action ?? 'no action'} on ${address} at the gateway`,
      }).then(() => undefined),
    stop: async () => {
      await running.stop();
      await servers.close();
      await rm(directory, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
