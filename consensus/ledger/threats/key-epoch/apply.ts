// Rules of the threat key's epochs (PROTOCOL 7.10.20 to 7.10.23). The key itself is never here; who hands it to whom is
// node/threats/key-epochs/.
import { equalBytes, toHex } from '../../../../common/bytes.ts';
import type { StatementContext } from '../../context.ts';
import { checkChange } from '../../object-row.ts';
import { ALREADY_APPLIED, APPLIED, refused } from '../../outcome.ts';
import { decodePayload } from '../../payload.ts';
import { threatKey } from '../../tables.ts';
import type { Outcome } from '../../types.ts';
import { decodeThreatRow, encodeThreatRow } from '../rows.ts';
import { retag } from '../trust/standing.ts';
import { findTag, isBarred } from '../trust/tag-row.ts';
import { isDue, takenUntil, whoMay } from './rotation.ts';
import { beginEpoch, departedOf, findEpoch, newestEpoch, putEpoch } from './rows.ts';
import { keyObject, readKey, readRetag } from './types.ts';

export function applyKey(context: StatementContext): Outcome {
  const { state, statement, id, sender, header, rules } = context;
  const { genesis, params, members } = rules;
  const payload = decodePayload(statement.payload, readKey);
  if (payload === undefined) return refused('payload');
  const { epoch, hash } = payload;
  if (!equalBytes(statement.object, keyObject(epoch))) return refused('object');
  const known = findEpoch(genesis, state, epoch);
  if (known !== undefined) return equalBytes(known.statement, id) ? ALREADY_APPLIED : refused('exists');
  if (statement.version !== 1) return refused('version');
  // PROTOCOL 7.10.20
  const newest = newestEpoch(state);
  const current = findEpoch(genesis, state, newest);
  if (current === undefined || epoch !== newest + 1) return refused('threat-epoch');
  if (!isDue(params, members, current, header.timestamp)) return refused('threat-key-early');
  if (!whoMay(params, members, newest, current, header.timestamp).includes(sender.clinic))
    return refused('threat-key-turn');
  const { height, timestamp: since } = header;
  const departed = departedOf(members);
  beginEpoch(state, epoch, { hash, statement: id, clinic: sender.clinic, height, since, departed, lastExpires: 0 });
  context.emit('key', { epoch, hash: toHex(hash), clinic: sender.clinic, since });
  return APPLIED;
}

/** PROTOCOL 7.10.22: the report of the own organisation under a later key; nothing else of it changes. */
export function applyRetag(context: StatementContext): Outcome {
  const { state, statement, id, sender, header } = context;
  const payload = decodePayload(statement.payload, readRetag);
  const { attachment } = statement;
  if (payload === undefined || attachment === undefined) return refused('payload');
  const bytes = state.get(threatKey(statement.object));
  if (bytes === undefined) return refused('unknown-object');
  const row = decodeThreatRow(bytes);
  if (row.organisation !== sender.organisation) return refused('authority');
  const stop = checkChange(context, row);
  if (stop !== undefined) return stop;
  if (row.expires <= header.timestamp) return refused('threat-expired');
  // What others said of the tag is not moved: they said it of this one. So nobody gets away from it.
  const said = findTag(state, row);
  if (said.disputers.length > 0) return refused('threat-disputed');
  if (isBarred(said, row.organisation, header.timestamp)) return refused('threat-barred');
  const { keyEpoch, tag } = payload;
  if (keyEpoch <= row.keyEpoch || !countUnderKey(context, keyEpoch, row.expires)) return refused('threat-epoch');
  const next = { ...row, version: statement.version, latest: id, keyEpoch, tag, commitment: attachment };
  state.set(threatKey(statement.object), encodeThreatRow(next));
  retag(state, row, next);
  context.emit('retagged', {
    report: toHex(statement.object),
    version: next.version,
    keyEpoch,
    tag: toHex(tag),
    commitment: toHex(attachment),
    clinic: row.clinic,
    organisation: row.organisation,
  });
  return APPLIED;
}

/**
 * PROTOCOL 7.10.23: writes down that a report under this key ends then, so that everybody knows when nobody needs the key
 * any more. False when reports under it are not, or no longer, taken.
 */
export function countUnderKey({ rules, state, header }: StatementContext, epoch: number, expires: number): boolean {
  const { genesis, params } = rules;
  const row = findEpoch(genesis, state, epoch);
  if (row === undefined) return false;
  const next = findEpoch(genesis, state, epoch + 1);
  if (next !== undefined && header.timestamp >= takenUntil(params, next.since)) return false;
  if (expires > row.lastExpires) putEpoch(state, epoch, { ...row, lastExpires: expires });
  return true;
}
