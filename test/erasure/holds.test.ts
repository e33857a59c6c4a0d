// Holds of many years: what keeps records for as long as they last, and is over everywhere when they are.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { equalBytes, toHex } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import { decodeHoldRow, decodeSubjectRow } from '../../consensus/ledger/keys/rows.ts';
import { encodeHold } from '../../consensus/ledger/keys/types.ts';
import { holdKey, subjectKey } from '../../consensus/ledger/tables.ts';
import type { KnownErasure } from '../../node/erasure/book.ts';
import { allRenewalsOf, renewalsOf } from '../../node/erasure/hold-renewal.ts';
import { chartKey, chartSecret, subjectOf } from '../../records/chart/chart-key.ts';
import { hold, release } from '../consensus/ledger/family-statements.ts';
import { said } from '../consensus/ledger/refusals.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { ErasingClinics } from './clinics.ts';

const NOBODY = new Uint8Array(32);
const DAY = 86_400_000;
const asked = { pid: 'pid1example', text: 'A claim is pending', by: NOBODY };

let clinics: ErasingClinics;
let handle: Uint8Array;

beforeEach(async () => {
  clinics = await ErasingClinics.found();
  handle = randomBytes(32);
  clinics.charts.set(toHex(handle), randomBytes(32));
});

afterEach(() => clinics.remove());

const request = () => clinics.at(1).erasures.request({ ...asked, handle });
const codeFrom = (work: Promise<unknown>) => work.then(() => undefined, codeOf);

test('an erasure is refused while a hold of many years ago lives, which names none of the same pseudonyms', async () => {
  const { erasures } = clinics.at(1);
  const held = await erasures.hold({ ...asked, handle });
  clinics.clock.advance(9 * 366 * DAY);
  expect(await codeFrom(request())).toBe('erasure.held');
  await erasures.release(held.object, NOBODY);
  expect(await codeFrom(request())).toBeUndefined();
});

test('an erasure is refused by the chain too, however long ago the hold was: it is said again every four years, until it is released', async () => {
  const { erasures } = clinics.at(1);
  const held = await erasures.hold({ ...asked, handle });
  const years = async (count: number) => {
    clinics.clock.advance(count * 366 * DAY);
    clinics.ledger.time = clinics.clock.now();
    erasures.look();
  };
  const inForce = () =>
    renewalsOf(held, clinics.clock.now()).filter(({ object }) => {
      const row = clinics.ledger.state.get(holdKey(object));
      return row !== undefined && decodeHoldRow(row).live;
    }).length;
  for (const renewed of [1, 2, 3]) {
    await years(4);
    await waitFor(() => inForce() === renewed);
  }
  await years(3.9);
  // What an erasure of now would name, with nothing of eight years ago in it: the chain lets no second person approve that.
  const now = clinics.clock.now();
  const key = chartKey(chartSecret(clinics.at(1).storageKey), asked.pid);
  const newest = Array.from({ length: 31 }, (_, n) => subjectOf(key, 'records', now - n * 91 * DAY));
  const holds = newest.map((subject) => {
    const row = clinics.ledger.state.get(subjectKey(1, subject));
    return row === undefined ? 0 : decodeSubjectRow(row).holds;
  });
  expect(Math.max(...holds)).toBeGreaterThan(0);
  await clinics.restart(1);
  expect((await clinics.at(1).erasures.list()).filter(({ known }) => known.kind === 'hold')).toHaveLength(1);
  await clinics.at(1).erasures.release(held.object, NOBODY);
  await waitFor(() => inForce() === 0);
  expect(new Set(clinics.outcomes)).toEqual(new Set(['applied']));
  expect(await codeFrom(request())).toBeUndefined();
});

test('a hold that the chain has ended is over in the book too, of a backup or of a crash, and is not said again', async () => {
  const { erasures } = clinics.at(1);
  const held = await erasures.hold({ ...asked, handle });
  const rowsThen = () =>
    renewalsOf(held, clinics.clock.now()).map(({ object }) => clinics.ledger.state.get(holdKey(object)));
  const years = (count: number) => {
    clinics.clock.advance(count * 366 * DAY);
    clinics.ledger.time = clinics.clock.now();
  };
  years(4);
  erasures.look();
  await waitFor(() => rowsThen()[0] !== undefined);
  expect(said(clinics.ledger.apply(1, release(1, held.object, { issued: clinics.clock.now() })))).toBe('applied');
  years(4);
  erasures.look();
  await waitFor(() => rowsThen().every((row) => row === undefined || !decodeHoldRow(row).live));
  expect(rowsThen()[1]).toBeUndefined();
  const [{ known }] = await erasures.list();
  expect(known.done).toBe(clinics.clock.now());
  // Of one that nothing was said again of, too.
  const young = await erasures.hold({ ...asked, handle });
  expect(said(clinics.ledger.apply(1, release(1, young.object, { issued: clinics.clock.now() })))).toBe('applied');
  erasures.look();
  await waitFor(async () => (await erasures.list()).every(({ known: { done } }) => done !== 0));
  expect(await codeFrom(request())).toBeUndefined();
});

test('a hold of a chart that is gone leaves the rounds going: the other holds are said again', async () => {
  const { erasures } = clinics.at(1);
  const held = await erasures.hold({ ...asked, handle });
  clinics.clock.advance(1);
  const gone = randomBytes(32);
  clinics.charts.set(toHex(gone), randomBytes(32));
  const ofNothing = await erasures.hold({ ...asked, handle: gone });
  clinics.charts.delete(toHex(gone));
  clinics.clock.advance(4 * 366 * DAY);
  clinics.ledger.time = clinics.clock.now();
  const renewed = (of: KnownErasure) =>
    clinics.ledger.state.get(holdKey(renewalsOf(of, clinics.clock.now())[0].object)) !== undefined;
  erasures.look();
  await waitFor(() => renewed(held));
  expect(renewed(ofNothing)).toBe(false);
  await erasures.release(ofNothing.object, NOBODY);
  await waitFor(async () => (await erasures.list()).some(({ known }) => known.done !== 0));
});

test('a hold goes by the time of blocks: a clock that is ahead says nothing again, and what one said is released too', async () => {
  const { erasures } = clinics.at(1);
  const holds: KnownErasure[] = [];
  for (const text of ['a', 'b', 'c']) {
    holds.push(await erasures.hold({ ...asked, text, handle }));
    clinics.clock.advance(1);
  }
  const [oldest, said18, live] = holds;
  const { object, salt } = allRenewalsOf(said18)[17];
  const payload = encodeHold({ salt, reason: randomBytes(32), subjects: [randomBytes(32)] });
  expect(said(clinics.ledger.apply(1, hold(1, 'again', [], { object, payload })))).toBe('applied');
  await erasures.release(said18.object, NOBODY);
  await waitFor(() => !decodeHoldRow(clinics.ledger.state.get(holdKey(object)) as Uint8Array).live);
  clinics.clock.advance(73 * 366 * DAY);
  expect(said(clinics.ledger.apply(1, release(1, oldest.object)))).toBe('applied');
  erasures.look();
  // The newest are looked at first: once the oldest is over in the book, so were the others.
  const isDone = async ({ object: of }: KnownErasure) =>
    (await erasures.list()).some(({ known }) => equalBytes(known.object, of) && known.done !== 0);
  await waitFor(() => isDone(oldest));
  expect(await isDone(live)).toBe(false);
  expect(clinics.outcomes).toEqual(new Array(5).fill('applied'));
});
