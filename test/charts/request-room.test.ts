// Which requests for access make room for one more.
import { expect, test } from 'vitest';
import { MAX_OPEN_REQUESTS, MAX_REQUESTS, REQUEST_TTL_MS, roomFor } from '../../node/charts/request-room.ts';
import type { KnownRequest, RequestState } from '../../node/charts/requests.ts';

const NOW = 1_900_000_000_000;
const requests = (count: number, clinic: number, state: RequestState, at = NOW - 1) =>
  Array.from({ length: count }, (_, n): KnownRequest => {
    const request = { clinic } as KnownRequest['request'];
    return { object: Uint8Array.of(n >> 8, n), request, state, at: at - n, answer: undefined };
  });

test('a clinic with too many open requests is not heard, others are, and it again once some are over', () => {
  const open = requests(MAX_OPEN_REQUESTS, 2, 'open');
  expect(roomFor(open, 2, NOW)).toBeUndefined();
  expect(roomFor(open, 3, NOW)).toEqual([]);
  expect(roomFor(open, 2, NOW + REQUEST_TTL_MS)).toEqual([]);
  expect(roomFor(requests(MAX_OPEN_REQUESTS, 2, 'denied'), 2, NOW)).toEqual([]);
});

test('the oldest that is answered or over goes for a new one; open ones go for none', () => {
  const open = requests(MAX_REQUESTS - 2, 2, 'open');
  const answered = requests(2, 3, 'granted');
  expect(roomFor([...answered, ...open], 4, NOW)).toEqual([answered[1]]);
  const [expired] = requests(1, 3, 'open', NOW - REQUEST_TTL_MS);
  expect(roomFor([...open, ...answered, expired], 4, NOW)).toEqual([expired]);
  expect(roomFor(requests(MAX_REQUESTS, 2, 'open'), 4, NOW)).toBeUndefined();
});
