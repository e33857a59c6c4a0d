// Disputes (PROTOCOL 7.10.11): two organisations that do not report a tag suspend the reports of it for a day, and bar those
// who made them from making them again for seven.

import { toHex } from '../../../common/bytes.ts';
import type { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { DISPUTE_REASONS, type DisputeReason } from '../../../common/threat-names.ts';
import type { StatementContext } from '../context.ts';
import { checkEnd } from '../object-row.ts';
import { ALREADY_APPLIED, APPLIED, refused } from '../outcome.ts';
import { decodePayload } from '../payload.ts';
import type { Outcome } from '../types.ts';
import { findThreat } from './apply.ts';
import type { ThreatRow } from './rows.ts';
import { BAR, DISPUTES_TO_SUSPEND, SUSPENSION } from './trust/bounds.ts';
import { takeDispute } from './trust/quota.ts';
import { hit, isMuted, mistaken } from './trust/reputation.ts';
import { putTag, putTrust, trustOf } from './trust/standing.ts';
import { type Bar, type Disputer, findTag, type TagRow } from './trust/tag-row.ts';
import { readName } from './types.ts';

/** `threats.dispute`: why. Its object is the report. */
export function encodeDispute(reason: DisputeReason): Uint8Array {
  return new Writer(1).u8(DISPUTE_REASONS.indexOf(reason) + 1).finish();
}

export function readDispute(input: Reader): DisputeReason {
  return readName(input, DISPUTE_REASONS, 'threat.dispute');
}

/** When the reports of a barred organisation were suspended, ms. */
export function suspendedAt({ until }: Bar): number {
  return until - BAR;
}

export function applyDispute(context: StatementContext): Outcome {
  const { state, statement, sender, header } = context;
  const reason = decodePayload(statement.payload, readDispute);
  if (reason === undefined) return refused('payload');
  const row = findThreat(state, statement.object);
  if (row === undefined) return refused('unknown-object');
  const { organisation } = sender;
  const tag = findTag(state, row);
  // Whoever reports it too takes that back first.
  if (tag.supporters.some((one) => one.organisation === organisation) || row.organisation === organisation) {
    return refused('authority');
  }
  const stop = checkEnd(context, row);
  if (stop !== undefined) return stop;
  const now = header.timestamp;
  if (row.expires <= now) return refused('threat-expired');
  const isSaid = tag.disputers.some((one) => one.organisation === organisation);
  if (isSaid || isAnswered(context, tag, row)) return ALREADY_APPLIED;
  const trust = trustOf(state, organisation, now);
  const used = isMuted(trust) || !row.counted ? undefined : takeDispute(trust);
  context.emit('disputed', {
    ...factsOf(statement.object, row),
    by: sender.clinic,
    reason,
    counts: used !== undefined,
  });
  if (used === undefined) return APPLIED;
  putTrust(state, organisation, used);
  const next = { ...tag, disputers: [...tag.disputers, { organisation, reason, at: now }] };
  if (next.disputers.length < DISPUTES_TO_SUSPEND) putTag(state, row, next);
  else suspend(context, row, next);
  return APPLIED;
}

/** Its reports are suspended now, or were after this was said. */
function isAnswered({ statement, header }: StatementContext, { bars }: TagRow, { organisation }: ThreatRow): boolean {
  const bar = bars.find((one) => one.organisation === organisation);
  if (bar === undefined) return false;
  const at = suspendedAt(bar);
  return at + SUSPENSION > header.timestamp || statement.issued <= at;
}

function suspend(context: StatementContext, row: ThreatRow, tag: TagRow): void {
  const { state, header, statement } = context;
  const now = header.timestamp;
  const running = new Set(tag.bars.filter((bar) => suspendedAt(bar) + SUSPENSION > now).map((bar) => bar.organisation));
  const reporters = tag.supporters.map(({ organisation }) => organisation).filter((one) => !running.has(one));
  const bars = tag.bars.filter((bar) => !reporters.includes(bar.organisation));
  const added = reporters.map((organisation) => ({ organisation, until: now + BAR }));
  putTag(state, row, { ...tag, disputers: [], bars: [...bars, ...added] });
  const by = tag.disputers.map(({ organisation }) => organisation);
  for (const organisation of reporters) {
    const trust = trustOf(state, organisation, now);
    const next = isNeverBlock(tag.disputers) ? hit(trust, { at: now, by }) : mistaken(trust, 1);
    putTrust(state, organisation, next);
    context.emit('suspended', { ...factsOf(statement.object, row), organisation, from: now });
    if (next.stopped && !trust.stopped) context.emit('stopped', { organisation });
  }
}

/** As many as it takes say that nobody may block it. */
function isNeverBlock(disputers: readonly Disputer[]): boolean {
  return disputers.filter(({ reason }) => reason === 'never-block').length >= DISPUTES_TO_SUSPEND;
}

function factsOf(report: Uint8Array, { keyEpoch, tag }: ThreatRow) {
  return { report: toHex(report), keyEpoch, tag: toHex(tag) };
}
