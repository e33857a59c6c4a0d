// What the page knows of the session, by hand-driven clocks: when it warns, when it covers, what it forgets.
import { beforeEach, expect, test } from 'vitest';
import { type RpcClient, RpcError } from '../../rpc/client.ts';
import type { SessionView } from '../../rpc/schema/session.ts';
import { type Current, SessionState } from '../../web/shared/session/session-state.ts';
import { ManualClock } from '../helpers/manual-clock.ts';

const MINUTE = 60_000;
const SESSION: SessionView = {
  ...{ id: 'a'.repeat(32), user: 'b'.repeat(32), account: null, name: 'anna', displayName: 'Anna' },
  ...{ roles: [], clinic: 1, clinics: [], factorAt: null, hasSecondFactor: false, mustSetUp: null },
  ...{ began: 0, lastActive: 0, idleEndsAt: 30 * MINUTE, endsAt: 12 * 60 * MINUTE },
};

let clock: ManualClock;
let session: SessionView | null;
let calls: string[];
let forgotten: number;
let idleMs: number;
let locked: number;
let state: SessionState;
/** Answers of session_current that are on their way; undefined: they come at once. */
let slow: ((answer: boolean) => void)[] | undefined;

beforeEach(() => {
  clock = new ManualClock(0);
  session = SESSION;
  calls = [];
  forgotten = 0;
  idleMs = 30 * MINUTE;
  locked = 0;
  slow = undefined;
  const current = (): Current => ({
    ...{ session, clinic: { number: 1, name: 'Northside', organisation: 1 } },
    ...{ passkeys: { possible: true, reason: null } },
    registration: { staff: true, patients: true, firstAdministrator: false },
  });
  const call = async (method: string) => {
    calls.push(method);
    if (method === 'session_list' && session !== null) {
      session = { ...session, lastActive: clock.now(), idleEndsAt: clock.now() + 30 * MINUTE };
    }
    if (method === 'session_list' && session === null) {
      // As `watchSession` has it.
      state.lost();
      throw new RpcError({ code: 'rpc.unauthorized', number: 0, details: {} });
    }
    if (method === 'session_signOut') session = null;
    if (method !== 'session_current') return {};
    const answer = current();
    const arrives = slow === undefined || (await new Promise<boolean>((resolve) => slow?.push(resolve)));
    if (!arrives) throw new RpcError({ code: 'rpc.timeout', number: 0, details: {} });
    return answer;
  };
  const client = { call, renew: () => calls.push('renew') } as unknown as RpcClient;
  const activity = {
    get idleMs() {
      return idleMs;
    },
  };
  state = new SessionState({
    client,
    clock,
    nodeClock: clock,
    activity,
    lock: () => locked++,
    forget: () => forgotten++,
  });
});

const at = (ms: number): Promise<void> => clock.advanceAsync(ms - clock.now());

test('warns two minutes before the session ends, and not before', async () => {
  await state.refresh();
  await at(27 * MINUTE);
  await state.refresh();
  expect(state.snapshot().endsSoonAt).toBeUndefined();
  await at(28 * MINUTE);
  await state.refresh();
  expect(state.snapshot().endsSoonAt).toBe(30 * MINUTE);
  await state.stay();
  expect(calls).toContain('session_list');
  expect(state.snapshot().endsSoonAt).toBeUndefined();
});

test('keeps who was there when the session ends, but not their keys, until they are back or leave', async () => {
  await state.refresh();
  session = null;
  await state.refresh();
  expect(state.snapshot()).toMatchObject({ session: undefined, ended: { name: 'anna' } });
  expect(forgotten).toBe(0);
  expect(locked).toBe(1);
  session = SESSION;
  await state.refresh();
  expect(state.snapshot()).toMatchObject({ session: { name: 'anna' }, ended: undefined });
  session = null;
  await state.refresh();
  state.leave();
  expect(state.snapshot().ended).toBeUndefined();
  expect(forgotten).toBe(1);
});

test('forgets everything when somebody else signs in, or the person signs out', async () => {
  await state.refresh();
  session = { ...SESSION, user: 'c'.repeat(32) };
  await state.refresh();
  expect(forgotten).toBe(1);
  await state.signOut();
  expect(forgotten).toBe(2);
  expect(state.snapshot()).toMatchObject({ session: undefined, ended: undefined });
});

test('covers what was taken from somebody who types all the time, with few questions', async () => {
  state.start();
  await at(16 * MINUTE);
  idleMs = 0;
  session = null;
  const before = calls.length;
  await at(17 * MINUTE);
  expect(state.snapshot()).toMatchObject({ session: undefined, ended: { name: 'anna' } });
  expect(locked).toBe(1);
  expect(calls.slice(before).filter((call) => call === 'session_list').length).toBeLessThanOrEqual(1);
  state.stop();
});

test('keeps the session of somebody who types for long without sending anything, and of nobody else', async () => {
  state.start();
  await at(14 * MINUTE);
  idleMs = 1000;
  await at(16 * MINUTE);
  expect(calls.filter((method) => method === 'session_list')).toHaveLength(1);
  idleMs = 30 * MINUTE;
  await at(60 * MINUTE);
  expect(calls.filter((method) => method === 'session_list')).toHaveLength(1);
  state.stop();
});

test('asks again by itself while it runs, and no more after it was stopped', async () => {
  state.start();
  await at(MINUTE);
  const asked = calls.length;
  expect(asked).toBeGreaterThan(2);
  state.stop();
  await at(10 * MINUTE);
  expect(calls.length).toBe(asked);
});

test('opens the connection anew when somebody has signed in, so that it ends with the session, and not otherwise', async () => {
  await state.refresh();
  await state.refresh();
  expect(calls).not.toContain('renew');
  session = null;
  await state.refresh();
  expect(calls).not.toContain('renew');
  session = { ...SESSION, id: 'd'.repeat(32) };
  await state.refresh();
  await state.refresh();
  expect(calls.filter((call) => call === 'renew')).toHaveLength(1);
});

test('shows who signed in although the next answer is lost, and an answer from before comes late', async () => {
  session = null;
  await state.refresh();
  slow = [];
  const before = state.refresh();
  await expect.poll(() => slow?.length).toBe(1);
  session = SESSION;
  state.entered(SESSION);
  expect(state.snapshot()).toMatchObject({ session: { name: 'anna' }, ended: undefined });
  expect(calls).toContain('renew');
  const after = state.refresh();
  await expect.poll(() => slow?.length).toBe(2);
  slow[1](false);
  await after;
  slow[0](true);
  await before;
  expect(state.snapshot()).toMatchObject({ session: { name: 'anna' }, ended: undefined });
  expect(locked).toBe(0);
});

test('shows nobody after signing out, whatever was asked before and comes late', async () => {
  await state.refresh();
  slow = [];
  const before = state.refresh();
  await expect.poll(() => slow?.length).toBe(1);
  const [late] = slow;
  slow = undefined;
  await state.signOut();
  late(true);
  await before;
  expect(state.snapshot()).toMatchObject({ session: undefined, ended: undefined });
});
