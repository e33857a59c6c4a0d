// What happens before anything else of a block (PROTOCOL 6.5): features that this node must know, the row of the checkpoint
// below, old checkpoint rows, the member set that bites here, reports and retired
// signatures that are over, and steps of ceremonies that are.
import { equalBytes } from '../../../common/bytes.ts';
import { BlockError } from '../../chain/errors.ts';
import type { Header } from '../../chain/types.ts';
import { EPOCH_BLOCKS } from '../../limits.ts';
import { ZERO_HASH } from '../../merkle.ts';
import { endSteps } from '../ceremony/settle.ts';
import type { LedgerRules } from '../context.ts';
import { LedgerError } from '../errors.ts';
import type { Overlay } from '../overlay.ts';
import { checkFeatures } from '../params/rows.ts';
import { checkpointKey, clinicKey, FINALITY_KEY, organisationKey, SET_KEY } from '../tables.ts';
import { sweepSignatures } from '../threats/signatures/retired.ts';
import { sweepThreats } from '../threats/trust/expiry.ts';
import type { LedgerEvent } from '../types.ts';
import { encodeClinicRow, encodeOrganisationRow } from './rows.ts';
import {
  encodeCheckpointRow,
  encodeFinalityRow,
  encodeSetRow,
  type FinalityRow,
  finalityRow,
  setForBlock,
  setRow,
} from './set-rows.ts';

/** Rows of checkpoints below the finalised one that a block removes at most. */
const SWEPT_ROWS = 8;

/** Throws FeatureError, and BlockError `block.member-set`. */
export function startBlock(rules: LedgerRules, state: Overlay, header: Header): LedgerEvent[] {
  const { height } = header;
  checkFeatures(rules.features, state, height);
  const { id, previous } = setForBlock(state, height);
  if (rules.members.id !== id) throw new LedgerError({ code: 'ledger.set', set: id });
  putCheckpoint(state, header);
  let finality = sweep(state, finalityRow(state));
  const events: LedgerEvent[] = [];
  if (finality.ripe?.bites === height) {
    state.set(SET_KEY, encodeSetRow({ id, previous, since: height }));
    finality = { ...finality, ripe: undefined };
    putMembers(rules, state);
    events.push({ family: 'members', type: 'set', statement: ZERO_HASH, data: { set: id, height } });
  }
  const bytes = encodeFinalityRow(finality);
  if (!equalBytes(state.get(FINALITY_KEY)!, bytes)) state.set(FINALITY_KEY, bytes);
  if (header.memberSet !== id) {
    throw new BlockError({ code: 'block.member-set', expected: id, found: header.memberSet });
  }
  sweepThreats(state, header.timestamp);
  sweepSignatures(state, rules.params, header.timestamp);
  endSteps({
    genesis: rules.genesis,
    state,
    height,
    emit: (type, data) => events.push({ family: 'ceremony', type, statement: ZERO_HASH, data }),
  });
  return events;
}

/** The parent is a checkpoint: its row names the set that its own votes are counted by. That of block 0 is there. */
function putCheckpoint(state: Overlay, { height, parent }: Header): void {
  if (height === 1 || height % EPOCH_BLOCKS !== 1) return;
  const { id, previous } = setRow(state);
  const row = encodeCheckpointRow({ block: parent, id, previous, justified: false });
  state.set(checkpointKey((height - 1) / EPOCH_BLOCKS), row);
}

function sweep(state: Overlay, finality: FinalityRow): FinalityRow {
  const oldest = Math.min(finality.oldest + SWEPT_ROWS, finality.finalised.epoch);
  for (let epoch = finality.oldest; epoch < oldest; epoch++) state.delete(checkpointKey(epoch));
  return { ...finality, oldest };
}

/** Rows of clinics and organisations say who is a member now. */
function putMembers({ members }: LedgerRules, state: Overlay): void {
  for (const member of members.records) putChanged(state, clinicKey(member.number), encodeClinicRow(member));
  for (const organisation of members.organisationRecords) {
    putChanged(state, organisationKey(organisation.number), encodeOrganisationRow(organisation));
  }
}

function putChanged(state: Overlay, key: Uint8Array, row: Uint8Array): void {
  const before = state.get(key);
  if (before === undefined || !equalBytes(before, row)) state.set(key, row);
}
