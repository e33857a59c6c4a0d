// Whose entries are whose when gateways bring them: what an application calls its gateway binds nobody else's.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { createLogger } from '../../../common/logger.ts';
import { SecurityLog } from '../../../node/security/security-log.ts';
import { Traffic } from '../../../node/security/traffic.ts';
import { type SecurityServiceModules, securityService } from '../../../node/services/security-service.ts';
import type { Principal } from '../../../rpc/access/principal.ts';
import type { CallContext } from '../../../rpc/ports.ts';
import type { Params } from '../../../rpc/schema/methods.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';

let path: string;
let log: SecurityLog;
let bring: (principal: Principal, ...sequences: number[]) => Promise<number>;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'wardmesh-ingest-'));
  const clock = new ManualClock(1_790_000_000_000);
  const logger = createLogger({ level: 'silent' });
  log = new SecurityLog({ path, storageKey: randomBytes(32) }, { clock, logger, demandRoom: () => undefined });
  await log.start();
  const modules = { log, traffic: new Traffic({ clock }), clock } as Partial<SecurityServiceModules>;
  const service = securityService({ organisation: 1 }, modules as SecurityServiceModules);
  bring = async (principal, ...sequences) => {
    const entries = sequences.map((sequence) => ({ ...ENTRY, at: clock.now(), sequence }));
    return (await service.threat_ingest({ gateway: 'front', entries }, { principal } as CallContext)).sequence;
  };
});

afterEach(async () => {
  await log.stop();
  await rm(path, { recursive: true });
});

const ENTRY: Omit<Params<'threat_ingest'>['entries'][number], 'at' | 'sequence'> = {
  action: 'refuse',
  judged: 'refuse',
  rule: 'score',
  score: 72,
  level: 'block',
  endpoint: '/admin/:name',
  reference: 'k7q42mzt5xan',
  factors: [],
  signatures: [],
  address: '203.0.113.7',
  status: null,
  retryAfterMs: null,
};

function application(id: string): Principal {
  const key = { id, name: 'front', scopes: ['threat:gateway'], application: '', actions: '', user: null };
  return { kind: 'application', key };
}

describe('what a gateway brings', () => {
  it('counts under its own key alone, whatever it calls itself', async () => {
    const [one, other] = [application('1111111111111111'), application('2222222222222222')];
    expect(await bring(one, 2 ** 40)).toBe(2 ** 40);
    expect(await bring(other)).toBe(0);
    expect(await bring(other, 1, 2)).toBe(2);
    expect(await bring({ kind: 'operator' }, 1)).toBe(1);
    expect(await bring(other, 3)).toBe(3);
    await expect(bring(other, 2 ** 40)).rejects.toMatchObject({ type: { code: 'threat.sequence' } });
  });
});
