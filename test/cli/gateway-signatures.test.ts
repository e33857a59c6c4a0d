// Claims about what a gateway by itself tells its node of attacks, and about keeping what the node tells it on a disk that fails.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FollowNode } from '../../cli/gateway/follow-node.ts';
import { FollowSignatures } from '../../cli/gateway/follow-signatures.ts';
import { KeptList } from '../../cli/gateway/kept-list.ts';
import { KeptRules } from '../../cli/gateway/kept-rules.ts';
import { ProposeSignatures } from '../../cli/gateway/propose-signatures.ts';
import { createLogger } from '../../common/logger.ts';
import { NeverBlock } from '../../gateway/never-block.ts';
import { RpcError } from '../../rpc/client.ts';
import { facts } from '../gateway/signatures/generators.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { waitFor } from '../helpers/wait-for.ts';

const directory = mkdtempSync(join(tmpdir(), 'wardmesh-follow-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const logger = createLogger({ level: 'silent' });
const MINUTE = 60_000;

/** A node that answers what the test says. */
const clientOf = (answer: (method: string) => unknown) => ({ call: async (method: string) => answer(method) }) as never;

describe('the signature of an attack that a gateway found', () => {
  it('is proposed again while the node finds it too soon after another, and not for ever', async () => {
    const clock = new ManualClock();
    let asked = 0;
    let until = Number.POSITIVE_INFINITY;
    const client = clientOf(() => {
      asked += 1;
      if (clock.monotonic() < until) throw new RpcError({ code: 'signature.too-soon', number: -32000, details: {} });
      return { signature: 'id' };
    });
    const proposals = new ProposeSignatures({ client, clock, logger });
    const minutes = (count: number) => clock.advanceAsync(count * MINUTE);
    proposals.start();
    const samples = Array.from({ length: 40 }, (_, i) =>
      facts({ path: `/cgi-bin/telltale-${i % 7}/run`, query: 'go=telltale' }),
    );
    const attack = { at: 0, addresses: 40, requests: 400, oneAgent: false } as never;
    proposals.found(attack, samples);
    await waitFor(() => asked === 1);
    until = clock.monotonic() + 59 * MINUTE;
    await minutes(58);
    expect(asked).toBeLessThan(14);
    const before = asked;
    await minutes(8);
    expect(asked).toBe(before + 1);
    until = Number.POSITIVE_INFINITY;
    proposals.found(attack, samples);
    await minutes(80);
    const tried = asked;
    await minutes(20);
    expect(asked).toBe(tried);
    await proposals.stop();
  });
});

describe('what the node gave', () => {
  it('is in force where it cannot be written, and written as soon as that works', async () => {
    const clock = new ManualClock();
    const folder = join(directory, 'later');
    const enforced = { setPins: () => undefined };
    const rules = new KeptRules(
      { path: join(folder, 'rules') },
      { enforced, neverBlock: new NeverBlock({ documentationBlockable: true }) },
    );
    const list = new KeptList(
      { path: join(folder, 'list'), seed: 1 },
      { logger, breaker: { holds: () => undefined, room: () => 0 }, onRemoved: () => undefined },
    );
    let answers = 0;
    const client = clientOf((method) => {
      if (method === 'threat_signatureList') return { signatures: [], next: null };
      answers += 1;
      const given = { revision: 'r', pins: [], neverBlocked: [] };
      const change = { address: '203.0.113.9', effect: 'block', byHand: false, until: 1e15 };
      const first = { rules: given, changes: [change], next: 1 };
      return { ...(answers === 1 ? first : { rules: null, changes: [], next: 1 }), more: false, signatures: 's' };
    });
    const signatures = new FollowSignatures({ path: join(folder, 'signatures') }, { client, clock, logger });
    const follow = new FollowNode({ client, list, rules, signatures, clock, logger });
    signatures.start();
    follow.start();
    await waitFor(() => answers === 1 && list.size === 1 && clock.pending === 2);
    expect([rules.revision, existsSync(folder)]).toEqual(['r', false]);
    mkdirSync(folder);
    for (let round = 0; round < 3; round++) {
      clock.advance(30_000);
      await waitFor(() => clock.pending === 2);
    }
    expect(['rules', 'list', 'signatures'].map((name) => readFileSync(join(folder, name), 'utf8').length > 10)).toEqual(
      [...[true, true, true]],
    );
    await follow.stop();
    await signatures.stop();
  });
});
