// Which calls a page says are its own doing.
import { expect, test } from 'vitest';
import { PASSIVE_HEADER } from '../../rpc/client/passive.ts';
import { Activity } from '../../web/shared/session/activity.ts';
import { ManualClock } from '../helpers/manual-clock.ts';

test('calls soon after somebody did something are that person’s, later ones the page’s own', async () => {
  const clock = new ManualClock(0);
  const activity = new Activity(clock);
  const sent: Record<string, string>[] = [];
  const fetching = activity.fetching(async (_input, init) => {
    sent.push(init?.headers as Record<string, string>);
    return new Response();
  });
  const call = () => fetching('/rpc', { headers: { 'content-type': 'application/json' } });
  await call();
  clock.advance(11_000);
  await call();
  activity.note();
  await call();
  expect(sent.map((headers) => headers[PASSIVE_HEADER])).toEqual([undefined, '1', undefined]);
  expect(sent[1]?.['content-type']).toBe('application/json');
});
