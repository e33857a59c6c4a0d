// Claims about the connections of a gateway by itself: how many one address gets, and how long a slow one is waited for.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_CONNECTIONS_PER_CLIENT } from '../../cli/gateway/server.ts';
import { gatewaySettings } from '../../cli/gateway/settings.ts';
import { type StandAlone, startGateway } from '../../cli/gateway/stand-alone.ts';
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { ask, Servers } from '../gateway/ways-in/servers.ts';
import { waitFor } from '../helpers/wait-for.ts';

const directory = mkdtempSync(join(tmpdir(), 'wardmesh-connections-'));
const servers = new Servers();
let running: StandAlone;

afterEach(async () => {
  await running.stop();
  await servers.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('connections of visitors', () => {
  it('are bounded for one address that is no trusted proxy, and given back', async () => {
    const application = await servers.listen((_, res) => void res.end('application'));
    const raw = { upstream: `http://127.0.0.1:${application}`, listen: '127.0.0.1:0', data: join(directory, 'data') };
    const logger = createLogger({ level: 'silent' });
    running = await startGateway(gatewaySettings(raw, directory), { clock: systemClock, logger });
    const { port } = running.address;
    const open: Socket[] = [];
    const closed = new Set<Socket>();
    const one = async (): Promise<Socket> => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined).on('close', () => closed.add(socket));
      await once(socket, 'connect');
      open.push(socket);
      return socket;
    };
    for (let i = 0; i < MAX_CONNECTIONS_PER_CLIENT; i++) await one();
    const tooMany = await one();
    await waitFor(() => closed.has(tooMany));
    expect(closed.size).toBe(1);
    open[0].destroy();
    await waitFor(async () => (await ask(port).catch(() => undefined))?.body === 'application');
    for (const socket of open) socket.destroy();
  });
});
