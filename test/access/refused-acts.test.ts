// How the event log has what a handler refused because of whom the call is about.
import { expect, it } from 'vitest';
import { createLogger } from '../../common/logger.ts';
import { createRegistry } from '../../common/metrics.ts';
import { RepresentativeError } from '../../node/representatives/errors.ts';
import { MeError } from '../../node/vault/errors.ts';
import type { Principal } from '../../rpc/access/principal.ts';
import { discover } from '../../rpc/discover.ts';
import type { Caller } from '../../rpc/jsonrpc/caller.ts';
import { Calls } from '../../rpc/jsonrpc/calls.ts';
import { serviceTable } from '../../rpc/jsonrpc/table.ts';
import { rpcMetrics } from '../../rpc/server/metrics.ts';
import { DEFAULT_LIMITS } from '../../rpc/server/options.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { TinyNode } from '../rpc/helpers/tiny-node.ts';

const session = { id: '00'.repeat(16), user: 'fred', account: 'ab'.repeat(32), name: 'Fred', factorAt: null };
const FRED: Principal = { kind: 'session', session: { ...session, roles: ['patient'] } };

it('has an act as refused that is not for whoever acts, and as permitted one that failed otherwise', async () => {
  const seen: (readonly [string, string | null])[] = [];
  const errors = [
    new RepresentativeError({ code: 'representative.may-not' }),
    new RepresentativeError({ code: 'representative.not-yours' }),
    new MeError({ code: 'me.not-attached' }),
  ];
  const me_erasureAsk = async (): Promise<never> => {
    throw errors[seen.length];
  };
  const calls = new Calls(
    { ...DEFAULT_LIMITS, publicReads: true },
    {
      table: serviceTable({
        handlers: { ...new TinyNode().handlers, me_erasureAsk },
        discover: () => discover('0.0.0'),
      }),
      clock: new ManualClock(1),
      logger: createLogger({ level: 'silent' }),
      metrics: rpcMetrics(createRegistry()),
      log: { record: ({ outcome, code }) => void seen.push([outcome, code]), settled: async () => undefined },
      sessions: undefined,
    },
  );
  const client = { address: '127.0.0.1', userAgent: undefined, secure: false, host: '', origin: undefined };
  const caller: Caller = {
    ...{ principal: FRED, client: { ...client, device: undefined }, cookies: undefined },
    ...{ signal: new AbortController().signal, charge: () => 0, reserve: () => true, subscriptions: undefined },
  };
  for (const { code } of errors) {
    await expect(calls.call('me_erasureAsk', {}, caller)).rejects.toMatchObject({ code });
  }
  expect(seen).toEqual([
    ['refused', 'representative.may-not'],
    ['refused', 'representative.not-yours'],
    ['permitted', 'me.not-attached'],
  ]);
});
