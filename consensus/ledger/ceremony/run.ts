// The steps of a ceremony as values (PROTOCOL 7.13.3): who deals, when a step is over, who is left out, and when it starts
// again. Pure on the ceremony's row; rows of commitments and complaints are settle.ts.
import type { ClinicNumber } from '../types.ts';
import type { CeremonyBlame, CeremonyPart, CeremonyRow } from './rows.ts';

/** Blocks that each step may take; it ends at once when there is nothing left to wait for. */
export const COMMIT_BLOCKS = 40;
export const DEAL_BLOCKS = 40;
export const ANSWER_BLOCKS = 20;
/** Blocks from the end of one ceremony to the next of the same key. */
export const REST_BLOCKS = 4;

/** Undefined once it is over. */
export function lastBlockOf({ step, since }: Pick<CeremonyRow, 'step' | 'since'>): number | undefined {
  if (step === 'commit') return since + COMMIT_BLOCKS;
  if (step === 'deal') return since + DEAL_BLOCKS;
  return step === 'answer' ? since + ANSWER_BLOCKS : undefined;
}

export function isRunning(row: CeremonyRow): boolean {
  return lastBlockOf(row) !== undefined;
}

export function partOf(row: CeremonyRow, clinic: ClinicNumber): CeremonyPart | undefined {
  return row.parts.find((part) => part.clinic === clinic);
}

export function dealersOf(row: CeremonyRow): ClinicNumber[] {
  return row.parts.filter(({ deals }) => deals).map(({ clinic }) => clinic);
}

export function holdersOf(row: CeremonyRow): ClinicNumber[] {
  return row.parts.filter(({ holds }) => holds).map(({ clinic }) => clinic);
}

export function confirmedOf(row: CeremonyRow): ClinicNumber[] {
  return row.parts.filter(({ confirmed }) => confirmed).map(({ clinic }) => clinic);
}

export function newPart(clinic: ClinicNumber, mayDeal: boolean, holds: boolean): CeremonyPart {
  const counts = { against: 0, unanswered: 0, complaints: 0, waiting: 0 };
  return { clinic, mayDeal, holds, committed: false, deals: false, confirmed: false, blame: undefined, ...counts };
}

export function withPart(row: CeremonyRow, clinic: ClinicNumber, change: Partial<CeremonyPart>): CeremonyRow {
  return { ...row, parts: row.parts.map((part) => (part.clinic === clinic ? { ...part, ...change } : part)) };
}

/** Everybody who may deal has said what. */
export function allCommitted({ parts }: CeremonyRow): boolean {
  return parts.every(({ mayDeal, committed }) => !mayDeal || committed);
}

export function allConfirmed({ parts }: CeremonyRow): boolean {
  return parts.every(({ holds, confirmed }) => !holds || confirmed);
}

/** From commitments to shares, or the end where too few committed. */
export function startDealing(row: CeremonyRow, height: number): CeremonyRow {
  const committed = row.parts.filter((part) => part.committed).map(({ clinic }) => clinic);
  if (committed.length < row.needed) return over(row, 'failed', height);
  // all of them make a new key; of the shares of a key that there is, so many as it takes
  const dealers = new Set(row.mode === 'generate' ? committed : committed.slice(0, row.needed));
  const parts = row.parts.map((part) => ({ ...part, deals: dealers.has(part.clinic) }));
  return { ...row, parts, step: 'deal', since: height };
}

export function startAnswering(row: CeremonyRow, height: number): CeremonyRow {
  return { ...row, step: 'answer', since: height };
}

export function over(row: CeremonyRow, step: 'made' | 'failed', height: number): CeremonyRow {
  return { ...row, step, since: height, made: step === 'made' ? row.generation : row.made };
}

/**
 * Complaints that one clinic may make, and that may be made of one, before it is the one that is left out: a third, so
 * that liars who are fewer accuse nobody in vain. Always fewer than make a key, since every answer shows a share.
 */
export function mostComplaints(row: CeremonyRow, others: number): number {
  return Math.max(1, Math.min(row.threshold - 1, Math.floor(others / 3)));
}

/** Starts again from the commitments without the blamed, or ends where too few are left. */
export function restart(
  row: CeremonyRow,
  blamed: ReadonlyMap<ClinicNumber, CeremonyBlame>,
  height: number,
): CeremonyRow {
  const parts = row.parts.map((part) => {
    const blame = blamed.get(part.clinic) ?? part.blame;
    const stays = blame === undefined;
    return { ...newPart(part.clinic, part.mayDeal && stays, part.holds && stays), blame };
  });
  const next: CeremonyRow = { ...row, parts, step: 'commit', attempt: row.attempt + 1, since: height };
  const dealers = parts.filter(({ mayDeal }) => mayDeal).length;
  const enough = dealers >= row.needed && holdersOf(next).length >= row.threshold;
  return enough ? next : over({ ...row, parts }, 'failed', height);
}
