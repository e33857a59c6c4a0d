// What a clinic gave and takes back of its own chart, over its own store and its own judgement; chain and packets are left out.
import { expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { CategoryKeys } from '../../node/charts/category-keys.ts';
import { ChartStore, putGiven } from '../../node/charts/chart-store.ts';
import { Granting, type NewConsent } from '../../node/charts/granting.ts';
import { Judge } from '../../node/charts/judge.ts';
import { passedOnPolicy } from '../../records/consent/delegation.ts';
import { memoryRows } from '../helpers/memory-rows.ts';

const ends = 1_900_000_000_000;
const ref = { clinic: 1, chart: randomBytes(32), handle: randomBytes(32) };
const [xena, yves] = [randomBytes(32), randomBytes(32)];

function clinic() {
  let now = ends - 86_400_000;
  const clock = { now: () => now++ };
  const store = new ChartStore({ database: memoryRows() });
  const standings = { of: async (objects: readonly unknown[]) => objects.map(() => undefined) };
  const judge = new Judge({ clinic: 1 } as never, { store, standings, clock } as never);
  const granting = new Granting({
    ...{ store, judge, clock, keys: new CategoryKeys({ store }) },
    charts: {
      change: (work: () => Promise<unknown>) => work(),
      tidy: async () => undefined,
      give: async () => undefined,
    },
    outgoing: { queue: () => [], wake: () => undefined },
    pending: { put: () => ({ type: 'del', key: new Uint8Array(1) }), submit: async () => undefined },
    members: { current: { clinic: () => ({}) } },
    author: { clinic: 1, make: () => ({ id: randomBytes(32) }) },
    clinicsOf: async () => [3],
  } as never);
  const give = async (account: Uint8Array, about: Partial<NewConsent> = {}) => {
    const what = { purposes: ['TREAT'] as const, categories: ['labs'] as const, mode: 'view' as const, by: undefined };
    const consent = { effect: 'permit' as const, actor: { kind: 'person' as const, account }, ...what, ends, ...about };
    return (await granting.give(ref, consent)).consent;
  };
  const statusOf = async (consent: Uint8Array) =>
    (await granting.list(ref)).find(({ object }) => toHex(object) === toHex(consent))?.status;
  const isEnded = async (consent: Uint8Array) => (await store.given(consent))?.ended !== 0;
  return { store, granting, give, statusOf, isEnded };
}

test('what was passed on says nothing while its grantee is shut out, and again once that is withdrawn', async () => {
  const { granting, give, statusOf, isEnded } = clinic();
  const source = await give(xena);
  const passed = await give(yves, { policy: passedOnPolicy(source) });
  const denial = await give(xena, { effect: 'deny' });
  await granting.tidy(ref);
  expect([await statusOf(passed), await isEnded(passed)]).toEqual(['revoked', false]);
  await granting.revoke(denial);
  await granting.tidy(ref);
  expect([await statusOf(passed), await isEnded(passed)]).toEqual(['active', false]);
  // Taken back while she is shut out, it takes with it what came of it.
  await give(xena, { effect: 'deny' });
  await granting.revoke(source);
  expect([await statusOf(passed), await isEnded(passed)]).toEqual(['revoked', true]);
});

test('what was passed on ends where a stop came between its end and that of its source', async () => {
  const { store, granting, give, isEnded } = clinic();
  const source = await give(xena);
  const passed = await give(yves, { policy: passedOnPolicy(source) });
  await store.batch([putGiven({ object: source, chart: ref.chart, handle: ref.handle, ended: 1 })]);
  await granting.tidy(ref);
  expect(await isEnded(passed)).toBe(true);
});
