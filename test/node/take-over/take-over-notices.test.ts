// Who is told by mail of a take-over, and how often.
import { expect, test } from 'vitest';
import { createLogger } from '../../../common/logger.ts';
import { TakeOverNotices } from '../../../node/take-over/take-over-notices.ts';
import type { TakeOverView } from '../../../node/take-over/take-overs.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';
import { MemoryKeyValues } from '../../helpers/memory-key-values.ts';
import { waitFor } from '../../helpers/wait-for.ts';

const idOf = (byte: number) => new Uint8Array(32).fill(byte);
const account = idOf(9);

function view(of: Partial<Pick<TakeOverView, 'attached' | 'asked'>>): TakeOverView {
  const row = {
    handle: idOf(1),
    key: idOf(2),
    encryptionKey: idOf(3),
    commitment: idOf(4),
    witnesses: [],
    waiting: [],
  };
  const rest = { ready: 0, objections: 0, outvoters: [], outvoted: false, finished: false, live: true };
  const whole = { ...row, ...rest, version: 1, statement: idOf(5) } as unknown as TakeOverView['row'];
  return { takeOver: idOf(7), row: whole, attached: false, asked: false, objects: false, ...of };
}

test('one of whom nobody can be told hides none after it, and is tried again', async () => {
  const clock = new ManualClock();
  const told: string[] = [];
  let rounds = 0;
  let fails = true;
  const notices = new TakeOverNotices({
    ...{ store: new MemoryKeyValues(), clock, logger: createLogger({ level: 'silent' }) },
    takeOvers: {
      open: async function* () {
        yield { ...view({ attached: true }), takeOver: idOf(6) };
        yield view({ asked: true });
        rounds++;
      },
    },
    accountOf: async () => {
      if (fails) throw new Error('not read');
      return account;
    },
    tellPatient: () => void told.push('patient'),
    tellOfficers: async () => void told.push('officers'),
  });
  notices.start();
  await waitFor(async () => rounds === 1, { what: 'the first round', intervalMs: 1 });
  expect(told).toEqual(['officers']);
  fails = false;
  await waitFor(async () => rounds > 1 || (clock.pending > 0 && void clock.advance(60_000)), {
    what: 'another round',
    intervalMs: 1,
  });
  await notices.stop();
  expect(told).toEqual(['officers', 'patient']);
});

test('the patient is told once it begins, who answers for the clinic once it is asked: each once, also across restarts', async () => {
  const clock = new ManualClock();
  const store = new MemoryKeyValues();
  const told: string[] = [];
  let views = [view({})];
  let rounds = 0;
  const start = () => {
    const notices = new TakeOverNotices({
      ...{ store, clock, logger: createLogger({ level: 'silent' }) },
      takeOvers: {
        open: async function* () {
          yield* views;
          rounds++;
        },
      },
      accountOf: async () => account,
      tellPatient: (to) => void told.push(`patient ${to[0]}`),
      tellOfficers: async () => void told.push('officers'),
    });
    notices.start();
    return notices;
  };
  const round = async () => {
    const before = rounds;
    await waitFor(async () => rounds > before || (clock.pending > 0 && void clock.advance(60_000)), {
      what: 'a round',
      intervalMs: 1,
    });
  };
  const first = start();
  await waitFor(async () => rounds === 1, { what: 'the first round', intervalMs: 1 });
  expect(told).toEqual([]);
  views = [view({ attached: true })];
  await round();
  await round();
  expect(told).toEqual(['patient 9']);
  views = [view({ attached: true, asked: true })];
  await round();
  await first.stop();
  const second = start();
  await round();
  await second.stop();
  expect(told).toEqual(['patient 9', 'officers']);
  expect(clock.pending).toBe(0);
});
