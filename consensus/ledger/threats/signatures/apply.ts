// Rules of attack signatures (PROTOCOL 7.10.40 to 7.10.46): proposed by one organisation, confirmed by distinct ones, retired
// by the proposer or by two others. Whether a definition is sound decides each clinic that uses it.
import { equalBytes, toHex } from '../../../../common/bytes.ts';
import type { StatementContext } from '../../context.ts';
import { checkCreate, newObject } from '../../object-row.ts';
import { ALREADY_APPLIED, APPLIED, refused } from '../../outcome.ts';
import { decodePayload } from '../../payload.ts';
import type { LedgerEvent, Outcome } from '../../types.ts';
import {
  isConfirmed,
  isFull,
  isOver,
  isRetired,
  MAX_NETWORK_SIGNATURES,
  MAX_ORGANISATION_SIGNATURES,
} from './quorum.ts';
import { queueRetired } from './retired.ts';
import { count, countOf, findSignature, NETWORK, putSignature, type SignatureRow } from './rows.ts';
import { readConfirmSignature, readProposeSignature, readRetireSignature, signatureObject } from './types.ts';

export function applyProposeSignature(context: StatementContext): Outcome {
  const { state, statement, id, sender, header, rules } = context;
  const definition = decodePayload(statement.payload, readProposeSignature);
  if (definition === undefined) return refused('payload');
  const signature = signatureObject(definition);
  if (!equalBytes(statement.object, signature)) return refused('object');
  const stop = checkCreate(context, findSignature(state, signature));
  if (stop !== undefined) return stop;
  const { clinic, organisation } = sender;
  if (isFull(countOf(state, organisation), MAX_ORGANISATION_SIGNATURES)) return refused('signatures-full');
  if (isFull(countOf(state, NETWORK), MAX_NETWORK_SIGNATURES)) return refused('signatures-full');
  count(state, organisation, { live: 1, rows: 1 });
  const { timestamp } = header;
  const supporters = [organisation];
  const row: SignatureRow = {
    ...newObject(id),
    clinic,
    organisation,
    proposed: timestamp,
    confirmed: isConfirmed(rules.members, supporters) ? timestamp : 0,
    retired: 0,
    supporters,
    opponents: [],
    reason: undefined,
    definition,
  };
  putSignature(state, signature, row);
  context.emit('signature-proposed', factsOf(signature, row));
  return APPLIED;
}

export function applyConfirmSignature(context: StatementContext): Outcome {
  const { state, statement, id, sender, header, rules } = context;
  if (decodePayload(statement.payload, readConfirmSignature) === undefined) return refused('payload');
  const row = findSignature(state, statement.object);
  if (row === undefined) return refused('unknown-object');
  if (statement.version !== 1) return refused('version');
  if (row.supporters.includes(sender.organisation)) return ALREADY_APPLIED;
  if (!row.live) return refused('ended');
  if (isOver(row, header.timestamp)) return refused('signature-over');
  if (row.confirmed > 0) return ALREADY_APPLIED;
  const supporters = [...row.supporters, sender.organisation];
  const confirmed = isConfirmed(rules.members, supporters) ? header.timestamp : 0;
  const next = { ...row, latest: id, supporters, confirmed };
  putSignature(state, statement.object, next);
  context.emit('signature-confirmed', { ...factsOf(statement.object, next), by: sender.clinic });
  return APPLIED;
}

export function applyRetireSignature(context: StatementContext): Outcome {
  const { state, statement, id, sender, header, rules } = context;
  const reason = decodePayload(statement.payload, readRetireSignature);
  if (reason === undefined) return refused('payload');
  const row = findSignature(state, statement.object);
  if (row === undefined) return refused('unknown-object');
  if (statement.version !== 1) return refused('version');
  if (!row.live || row.opponents.includes(sender.organisation)) return ALREADY_APPLIED;
  const opposed = { ...row, latest: id, opponents: [...row.opponents, sender.organisation], reason };
  const gone = isRetired(rules.members, opposed, header.timestamp);
  const next = gone ? { ...opposed, live: false, retired: header.timestamp } : opposed;
  if (gone) {
    count(state, row.organisation, { live: -1, rows: 0 });
    queueRetired(state, statement.object);
  }
  putSignature(state, statement.object, next);
  context.emit('signature-retired', { ...factsOf(statement.object, next), by: sender.clinic, reason });
  return APPLIED;
}

function factsOf(signature: Uint8Array, row: SignatureRow): LedgerEvent['data'] {
  return {
    signature: toHex(signature),
    clinic: row.clinic,
    organisation: row.organisation,
    supporters: row.supporters.length,
    opponents: row.opponents.length,
    confirmed: row.confirmed,
    retired: row.retired,
  };
}
