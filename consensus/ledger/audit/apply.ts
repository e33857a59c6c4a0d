// Rule of the audit family (PROTOCOL 7.8): a clinic's access events are anchored in their order, without a gap, so that
// none can be added, changed or left out afterwards.
import { equalBytes, toHex } from '../../../common/bytes.ts';
import type { StatementContext } from '../context.ts';
import { ALREADY_APPLIED, APPLIED, listOutcome, refused } from '../outcome.ts';
import { decodePayload } from '../payload.ts';
import { anchorKey, anchorsKey } from '../tables.ts';
import type { ClinicNumber, EntryOutcome, Outcome, StateReader } from '../types.ts';
import {
  type AnchorRow,
  type AnchorsRow,
  decodeAnchorRow,
  decodeAnchorsRow,
  encodeAnchorRow,
  encodeAnchorsRow,
} from './rows.ts';
import { type AnchorEntry, readAnchors } from './types.ts';

/** Rows of anchors that a new one removes at most: more than it adds. */
const PRUNED_AT_ONCE = 2;
const NONE: AnchorsRow = { next: 1, oldest: 1 };

export function findAnchors(state: StateReader, clinic: ClinicNumber): AnchorsRow {
  const bytes = state.get(anchorsKey(clinic));
  return bytes === undefined ? NONE : decodeAnchorsRow(bytes);
}

/** The anchor that begins with this event, while its row is kept. */
export function findAnchor(state: StateReader, clinic: ClinicNumber, first: number): AnchorRow | undefined {
  const bytes = state.get(anchorKey(clinic, first));
  return bytes === undefined ? undefined : decodeAnchorRow(bytes);
}

export function applyAnchor(context: StatementContext): Outcome {
  const entries = decodePayload(context.statement.payload, readAnchors);
  if (entries === undefined) return refused('payload');
  return listOutcome(entries.map((entry) => anchorOne(context, entry)));
}

function anchorOne(context: StatementContext, { first, count, root }: AnchorEntry): EntryOutcome {
  const { state, id, header, sender } = context;
  const { clinic } = sender;
  const before = findAnchor(state, clinic, first);
  if (before !== undefined) {
    const same = equalBytes(before.statement, id) && before.count === count && equalBytes(before.root, root);
    return same ? ALREADY_APPLIED : refused('exists');
  }
  const anchors = findAnchors(state, clinic);
  if (first !== anchors.next) return refused('anchor-order');
  const oldest = prune(context, anchors);
  state.set(anchorKey(clinic, first), encodeAnchorRow({ count, root, time: header.timestamp, statement: id }));
  state.set(anchorsKey(clinic), encodeAnchorsRow({ next: first + count, oldest }));
  context.emit('anchored', { clinic, first, count, root: toHex(root) });
  return APPLIED;
}

/** PROTOCOL 7.8.3: what no statement can name any more needs no row; its own block keeps it. */
function prune({ state, rules, header, sender }: StatementContext, { oldest, next }: AnchorsRow): number {
  const { statementMaxAge, blockInterval } = rules.params;
  let at = oldest;
  for (let i = 0; i < PRUNED_AT_ONCE && at < next; i++) {
    const row = findAnchor(state, sender.clinic, at)!;
    if (row.time + statementMaxAge + 2 * blockInterval >= header.timestamp) break;
    state.delete(anchorKey(sender.clinic, at));
    at += row.count;
  }
  return at;
}
