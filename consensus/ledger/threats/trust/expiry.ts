// Reports leave the state when they are over (PROTOCOL 7.10.10): each hangs in a chain of those that end in the same ten
// minutes, and every block takes a bounded number of them away.
import { Reader } from '../../../../common/codec/reader.ts';
import type { Overlay } from '../../overlay.ts';
import { rowWriter } from '../../row-writer.ts';
import { threatExpiryKey, threatKey } from '../../tables.ts';
import { decodeThreatRow, encodeThreatRow, type ThreatRow } from '../rows.ts';
import { EXPIRY_STEP } from './bounds.ts';
import { findThreats } from './network-row.ts';
import { forget, putTag, putThreats, release } from './standing.ts';
import { findTag } from './tag-row.ts';

/** What one block takes away, and the empty steps that it walks. */
export const SWEPT_REPORTS = 256;
const SWEPT_STEPS = 256;

/** Hangs a report, whose row is written here, into the chain of those that end with `at`, ms. */
export function hang(state: Overlay, report: Uint8Array, row: ThreatRow, at: number, now: number): void {
  let all = findThreats(state);
  if (all === undefined) {
    all = { active: row.counted ? 1 : 0, swept: Math.floor(now / EXPIRY_STEP) };
    putThreats(state, all);
  }
  // A step that is gone already takes nothing more: times of blocks may go back a little.
  const step = Math.max(Math.ceil(at / EXPIRY_STEP), all.swept + 1);
  const key = threatExpiryKey(step);
  const head = state.get(key);
  state.set(threatKey(report), encodeThreatRow({ ...row, next: head === undefined ? undefined : readHead(head) }));
  state.set(key, rowWriter().fixed(report, 32).finish());
}

/** Before the statements of a block. */
export function sweepThreats(state: Overlay, now: number): void {
  const all = findThreats(state);
  if (all === undefined) return;
  const last = Math.min(Math.floor(now / EXPIRY_STEP), all.swept + SWEPT_STEPS);
  let { swept } = all;
  let left = SWEPT_REPORTS;
  while (swept < last && left > 0) {
    left = sweepStep(state, swept + 1, left, now);
    if (state.get(threatExpiryKey(swept + 1)) === undefined) swept++;
  }
  if (swept !== all.swept) putThreats(state, { ...findThreats(state)!, swept });
}

/** How many more may go. */
function sweepStep(state: Overlay, step: number, most: number, now: number): number {
  const key = threatExpiryKey(step);
  let left = most;
  for (let bytes = state.get(key); bytes !== undefined && left > 0; bytes = state.get(key), left--) {
    const report = readHead(bytes);
    const row = decodeThreatRow(state.get(threatKey(report))!);
    if (row.next === undefined) state.delete(key);
    else state.set(key, rowWriter().fixed(row.next, 32).finish());
    end(state, report, row, now);
  }
  return left;
}

function end(state: Overlay, report: Uint8Array, row: ThreatRow, now: number): void {
  const { organisation } = row;
  if (row.expires > now) {
    hang(state, report, row, row.expires, now);
    return;
  }
  if (row.counted) release(state, row, now);
  const tag = findTag(state, row);
  const bar = tag.bars.find((one) => one.organisation === organisation);
  // The bar outlives the report that brought it, and goes with it.
  if (bar !== undefined && bar.until > now) {
    hang(state, report, { ...row, counted: false }, bar.until, now);
    return;
  }
  if (bar !== undefined) putTag(state, row, { ...tag, bars: tag.bars.filter((one) => one !== bar) });
  forget(state, row, now);
  state.delete(threatKey(report));
}

function readHead(bytes: Uint8Array): Uint8Array {
  return new Reader(bytes).fixed(32).slice();
}
