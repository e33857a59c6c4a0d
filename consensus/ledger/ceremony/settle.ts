// What the end of a step does to the state (PROTOCOL 7.13.3, 7.13.7): the next step, a new run, the generation that was
// made. Every block begins with it, so a deadline needs nobody to call it.
import { toHex } from '../../../common/bytes.ts';
import {
  type Commitments,
  decodeCommitments,
  publicShareAt,
  sumOfCommitments,
} from '../../../common/crypto/feldman.ts';
import { elementOf, lagrangeAtZero, sumOfProducts } from '../../../common/crypto/group.ts';
import type { Genesis } from '../../genesis.ts';
import type { Overlay } from '../overlay.ts';
import { ceremonyCommitKey, ceremonyKey, complaintKey, keyGenerationKey } from '../tables.ts';
import type { ClinicNumber, LedgerEvent, StateReader } from '../types.ts';
import { GENESIS_GENERATION, PURPOSES, type Purpose } from './purpose.ts';
import {
  type CeremonyBlame,
  type CeremonyRow,
  encodeCeremonyRow,
  encodeGenerationRow,
  findCeremony,
  findCommit,
  findGeneration,
  purposeByte,
} from './rows.ts';
import {
  confirmedOf,
  dealersOf,
  holdersOf,
  isRunning,
  lastBlockOf,
  over,
  restart,
  startAnswering,
  startDealing,
} from './run.ts';

export type EmitCeremony = (type: string, data: LedgerEvent['data']) => void;

export interface Place {
  readonly genesis: Genesis;
  readonly state: Overlay;
  readonly height: number;
  readonly emit: EmitCeremony;
}

/** What a resharing starts from. */
export interface BaseGeneration {
  readonly publicKey: Uint8Array;
  readonly threshold: number;
  readonly origin: number;
  /** Public half of a clinic's share; undefined where it holds none. */
  verificationShare(clinic: ClinicNumber): Uint8Array | undefined;
}

/** Undefined where there is no such key. Of the genesis key every clinic holds the whole. */
export function baseGeneration(
  genesis: Genesis,
  state: StateReader,
  purpose: Purpose,
  generation: number,
): BaseGeneration | undefined {
  if (generation === GENESIS_GENERATION) {
    if (purpose !== 'identifier') return undefined;
    const publicKey = genesis.identifierKey;
    return { publicKey, threshold: 1, origin: 1, verificationShare: () => publicKey };
  }
  const row = findGeneration(state, purpose, generation);
  if (row === undefined) return undefined;
  const shares = new Map(row.holders.map(({ clinic, verificationShare }) => [clinic, verificationShare]));
  return { ...row, verificationShare: (clinic) => shares.get(clinic) };
}

export function putCeremony(state: Overlay, purpose: Purpose, row: CeremonyRow): void {
  state.set(ceremonyKey(purposeByte(purpose)), encodeCeremonyRow(row));
}

/** Before the statements of a block. */
export function endSteps(place: Place): void {
  for (const purpose of PURPOSES) {
    const row = findCeremony(place.state, purpose);
    const last = row === undefined ? undefined : lastBlockOf(row);
    if (row !== undefined && last !== undefined && place.height > last) endStep(place, purpose, row);
  }
}

function endStep(place: Place, purpose: Purpose, row: CeremonyRow): void {
  const { height } = place;
  if (row.step === 'commit') move(place, purpose, row, startDealing(row, height));
  else if (row.step === 'deal') move(place, purpose, row, startAnswering(row, height));
  else {
    const silent = row.parts.filter(({ unanswered }) => unanswered > 0).map(({ clinic }) => clinic);
    if (silent.length > 0) leaveOut(place, purpose, row, silent, 'no-answer');
    else if (confirmedOf(row).length >= row.threshold) makeGeneration(place, purpose, row);
    else move(place, purpose, row, over(row, 'failed', height));
  }
}

/** Writes the next step of a run; what was said in one that is over goes. */
export function move(place: Place, purpose: Purpose, before: CeremonyRow, next: CeremonyRow): void {
  putCeremony(place.state, purpose, next);
  if (!isRunning(next) || next.attempt !== before.attempt) clear(place.state, before);
  if (next.step === before.step && next.attempt === before.attempt) return;
  if (next.step !== 'made') place.emit(next.step === 'failed' ? 'failed' : 'step', factsOf(purpose, next));
}

/** Starts again without these clinics. */
export function leaveOut(
  place: Place,
  purpose: Purpose,
  row: CeremonyRow,
  clinics: readonly ClinicNumber[],
  blame: CeremonyBlame,
): void {
  for (const clinic of clinics) place.emit('blamed', { ...factsOf(purpose, row), clinic, blame });
  const blamed = new Map(clinics.map((clinic) => [clinic, blame]));
  move(place, purpose, row, restart(row, blamed, place.height));
}

/** PROTOCOL 7.13.7: the generation from the commitments of those who dealt, held by those who said that they have it. */
export function makeGeneration(place: Place, purpose: Purpose, row: CeremonyRow): void {
  const { genesis, state, height } = place;
  const dealers = dealersOf(row);
  const dealt = dealers.map((clinic) => decodeCommitments(findCommit(state, row.ceremony, clinic)!.commitments));
  const base = row.mode === 'reshare' ? baseGeneration(genesis, state, purpose, row.generation - 1) : undefined;
  const total = base === undefined ? sumOfCommitments(dealt) : weighted(dealers, dealt);
  const generation = {
    publicKey: total[0].bytes,
    threshold: row.threshold,
    origin: Math.min(row.threshold, base?.origin ?? row.threshold),
    height,
    ceremony: row.ceremony,
    attempt: row.attempt,
    holders: confirmedOf(row).map((clinic) => ({
      clinic,
      verificationShare: publicShareAt(total, clinic).toBytes(),
    })),
  };
  state.set(keyGenerationKey(purposeByte(purpose), row.generation), encodeGenerationRow(generation));
  move(place, purpose, row, over(row, 'made', height));
  place.emit('made', {
    ...factsOf(purpose, row),
    publicKey: toHex(generation.publicKey),
    holders: generation.holders.length,
  });
}

/** What the shares of some holders make of a key: the polynomial that the new shares lie on. */
function weighted(dealers: readonly ClinicNumber[], dealt: readonly Commitments[]): Commitments {
  const weights = lagrangeAtZero(dealers);
  return dealt[0].map((_, degree) =>
    elementOf(
      sumOfProducts(
        dealt.map((commitments) => commitments[degree].point),
        weights,
      ),
    ),
  );
}

function clear(state: Overlay, row: CeremonyRow): void {
  const complained = row.parts.filter(({ complaints }) => complaints > 0);
  for (const { clinic, committed } of row.parts) {
    if (committed) state.delete(ceremonyCommitKey(row.ceremony, clinic));
    for (const holder of complained) {
      const key = complaintKey(row.ceremony, holder.clinic, clinic);
      if (state.get(key) !== undefined) state.delete(key);
    }
  }
}

export function factsOf(purpose: Purpose, row: CeremonyRow): LedgerEvent['data'] {
  const { ceremony, generation, attempt, step, threshold } = row;
  const clinics = holdersOf(row).length;
  return { purpose, ceremony: toHex(ceremony), generation, attempt, step, threshold, clinics };
}
