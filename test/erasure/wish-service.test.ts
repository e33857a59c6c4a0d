// Who may ask, take back and answer for whom: patients' wishes to be erased, with real wishes and erasures.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { equalBytes, toHex } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import { createLogger } from '../../common/logger.ts';
import { ErasureWishes } from '../../node/erasure/wishes.ts';
import { type ErasureWishHandlers, erasureWishService } from '../../node/services/erasure-wish-service.ts';
import { MemoryKeyValues } from '../helpers/memory-key-values.ts';
import { ErasingClinics } from './clinics.ts';

const PID = 'pid1example';
const [patient, guardian, officer] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte));
const as = (account: Uint8Array) =>
  ({ principal: { kind: 'session', session: { account: toHex(account), roles: [] } } }) as never;
const codeFrom = (work: Promise<unknown>) => work.then(() => undefined, codeOf);

let clinics: ErasingClinics;
let handle: Uint8Array;
let guards: boolean;
let service: ErasureWishHandlers;

beforeEach(async () => {
  clinics = await ErasingClinics.found();
  handle = randomBytes(32);
  guards = true;
  clinics.charts.set(toHex(handle), randomBytes(32));
  const own = { account: patient, pid: PID, handle };
  const acting = { id: randomBytes(32), kind: 'guardian', ends: clinics.clock.now() + 1 } as const;
  service = erasureWishService({
    wishes: new ErasureWishes({ store: new MemoryKeyValues(), logger: createLogger({ level: 'silent' }) }),
    erasures: clinics.at(1).erasures,
    sharing: { demandHolder: async () => undefined },
    callers: {
      ifAttached: async (_, named) => (named === undefined ? own : { ...own, account: guardian, acting }),
      demandDecider: async () => undefined,
    },
    accounts: { ofAccount: async (account) => (equalBytes(account, patient) ? own : undefined) },
    representatives: {
      of: async (account) =>
        guards && equalBytes(account, guardian) ? [{ ...acting, pid: PID, handle, state: 'acts' } as never] : [],
    },
    people: { index: { byAccount: () => undefined } } as never,
    views: { clinicName: () => null },
    clock: clinics.clock,
  });
});

afterEach(() => clinics.remove());

const waiting = async () => (await service.erasure_wishes({}, as(officer))).wishes[0];

test('an answer goes to the wish that was read, not to one that came after it', async () => {
  await service.me_erasureAsk({ text: 'the letters alone' }, as(patient));
  const read = await waiting();
  // Within the same millisecond.
  await service.me_erasureAsk({ text: 'all of it' }, as(patient));
  const answer = { wish: read.wish, accept: true, text: '' };
  expect(await codeFrom(service.erasure_answer({ ...answer, asked: read.asked }, as(officer)))).toBe('erasure.not-now');
  const now = await waiting();
  expect(now).toMatchObject({ text: 'all of it', state: 'waiting' });
  const { erasure } = await service.erasure_answer({ ...answer, asked: now.asked }, as(officer));
  expect(erasure).not.toBeNull();
});

test('a wish that waits is replaced and taken back by whoever asked alone, as long as she is who she was', async () => {
  await service.me_erasureAsk({ actingFor: 'child', text: 'we move away' }, as(guardian));
  expect(await codeFrom(service.me_erasureAsk({ text: 'no' }, as(patient)))).toBe('erasure.not-now');
  expect(await codeFrom(service.me_erasureCancel({}, as(patient)))).toBe('erasure.not-now');
  expect(await waiting()).toMatchObject({ text: 'we move away', as: 'guardian' });
  await service.me_erasureAsk({ actingFor: 'child', text: 'we moved' }, as(guardian));
  expect((await waiting()).text).toBe('we moved');
  guards = false;
  await service.me_erasureAsk({ text: 'mine' }, as(patient));
  expect(await waiting()).toMatchObject({ text: 'mine', as: 'patient' });
  guards = true;
  expect(await codeFrom(service.me_erasureCancel({ actingFor: 'child' }, as(guardian)))).toBe('erasure.not-now');
  expect((await service.me_erasureCancel({}, as(patient))).wish).toBeNull();
});
