// The generations that the chain names and this clinic's shares of them: what evaluators and helpers in an emergency ask.
// Destroys what a newer generation took the place of, once that is final and everybody had time to see it.
import type { Genesis } from '../../consensus/genesis.ts';
import { GENESIS_GENERATION, PURPOSES, type Purpose } from '../../consensus/ledger/ceremony/purpose.ts';
import type { CeremonyRow, GenerationRow } from '../../consensus/ledger/ceremony/rows.ts';
import { isRunning } from '../../consensus/ledger/ceremony/run.ts';
import type { KeystoreContents } from '../keystore/contents.ts';
import { CeremonyRows } from './chain-rows.ts';
import { heldOf, secretOfGeneration } from './dealing.ts';
import type { CeremonyModules } from './ports.ts';
import { genesisGeneration, type KeyGeneration, type Shares } from './shares.ts';

/** Blocks after a new generation is final until the one before it is destroyed here. */
export const SWITCH_BLOCKS = 40;

interface Known {
  /** The last ceremony. */
  readonly ceremony: CeremonyRow | undefined;
  /** The newest generation of the chain, and the one before. */
  readonly rows: ReadonlyMap<number, GenerationRow>;
  readonly newest: number;
}

const NOTHING: Known = { ceremony: undefined, rows: new Map(), newest: GENESIS_GENERATION };

export type ChainSharesModules = Pick<CeremonyModules, 'chain' | 'keystore' | 'logger'>;

export class ChainShares implements Shares {
  private readonly genesis: Genesis;
  private readonly modules: ChainSharesModules;
  private readonly rows: CeremonyRows;
  private readonly listeners = new Set<() => void>();
  private known: Record<Purpose, Known> = { identifier: NOTHING, emergency: NOTHING };
  private told = '';
  private moving = true;
  /** The highest that was seen. */
  private finalSeen = 0;

  constructor({ genesis }: { readonly genesis: Genesis }, modules: ChainSharesModules) {
    this.genesis = genesis;
    this.modules = modules;
    this.rows = new CeremonyRows(modules.chain);
  }

  /** The ceremony of a purpose, running or the last. */
  ceremony(purpose: Purpose): CeremonyRow | undefined {
    return this.known[purpose].ceremony;
  }

  current(purpose: Purpose): KeyGeneration | undefined {
    return this.at(purpose, this.inForce(purpose));
  }

  at(purpose: Purpose, generation: number): KeyGeneration | undefined {
    const { rows, newest } = this.known[purpose];
    if (generation === GENESIS_GENERATION) {
      if (purpose !== 'identifier' || newest > GENESIS_GENERATION + 1) return undefined;
      const clinics = this.modules.chain.members().clinics.map(({ number }) => number);
      return genesisGeneration(this.genesis, clinics);
    }
    const row = rows.get(generation);
    if (row === undefined) return undefined;
    const { publicKey, threshold, origin } = row;
    const holders = row.holders.map((holder) => ({ ...holder, index: holder.clinic }));
    return { purpose, generation, publicKey, threshold, origin, holders };
  }

  own(purpose: Purpose, generation: number): Uint8Array | undefined {
    const run = this.known[purpose].rows.get(generation);
    return secretOfGeneration(this.modules.keystore.contents, purpose, generation, run);
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Whether a ceremony runs, or its end waits to be final: then every block may call for something. */
  get unsettled(): boolean {
    return this.moving;
  }

  /** The chain moved: reads what stands at its tip. */
  async follow(): Promise<void> {
    for (const purpose of PURPOSES) this.known[purpose] = await this.read(purpose);
    this.moving = PURPOSES.some((purpose) => this.isMoving(purpose));
    const now = PURPOSES.map((purpose) => `${this.known[purpose].newest}/${this.inForce(purpose)}`).join(' ');
    if (now === this.told) return;
    this.told = now;
    for (const listener of this.listeners) listener();
  }

  /** Drops secrets that nobody needs any more. On disk when it resolves. */
  async tidy(): Promise<void> {
    const { keystore, logger } = this.modules;
    const before = keystore.contents;
    if (this.tidied(before) === before) return;
    await keystore.update((contents) => this.tidied(contents));
    const whole = before.shared?.identifierKey !== undefined && keystore.contents.shared?.identifierKey === undefined;
    logger.info({ genesisKey: whole }, 'destroyed shares of an earlier generation');
  }

  private async read(purpose: Purpose): Promise<Known> {
    const ceremony = await this.rows.ceremony(purpose);
    const newest = ceremony?.made ?? GENESIS_GENERATION;
    const rows = new Map<number, GenerationRow>();
    for (const generation of [newest, newest - 1]) {
      const row = generation > GENESIS_GENERATION ? await this.rows.generation(purpose, generation) : undefined;
      if (row !== undefined) rows.set(generation, row);
    }
    return { ceremony, rows, newest };
  }

  /** A branch that takes over holds what was final on the one before, and may not say yet that it is. */
  private get final(): number {
    this.finalSeen = Math.max(this.finalSeen, this.modules.chain.position().final);
    return this.finalSeen;
  }

  private isMoving(purpose: Purpose): boolean {
    const { ceremony } = this.known[purpose];
    if (ceremony === undefined) return false;
    return isRunning(ceremony) || ceremony.since + SWITCH_BLOCKS > this.final;
  }

  /** The newest one that no other branch can undo. */
  private inForce(purpose: Purpose): number {
    const { rows, newest } = this.known[purpose];
    const row = rows.get(newest);
    return row === undefined || row.height <= this.final ? newest : newest - 1;
  }

  /** The same object when there is nothing to drop. */
  private tidied(contents: KeystoreContents): KeystoreContents {
    const { final } = this;
    const settled = PURPOSES.filter((purpose) => {
      const { rows, newest } = this.known[purpose];
      const row = rows.get(newest);
      return row !== undefined && row.height + SWITCH_BLOCKS <= final;
    });
    const shares = contents.shares.filter((share) => {
      const { rows, newest } = this.known[share.purpose];
      const row = rows.get(newest);
      if (!settled.includes(share.purpose) || share.generation > newest) return true;
      return row !== undefined && heldOf({ ...contents, shares: [share] }, row) !== undefined;
    });
    const quiet = PURPOSES.every((purpose) => {
      const { ceremony } = this.known[purpose];
      return ceremony === undefined || (!isRunning(ceremony) && ceremony.since <= final);
    });
    const dealings = quiet ? [] : contents.dealings;
    const { shared } = contents;
    const isWhole = shared?.identifierKey !== undefined && settled.includes('identifier');
    const isSame = shares.length === contents.shares.length && dealings.length === contents.dealings.length;
    if (isSame && !isWhole) return contents;
    const kept = isWhole && shared !== undefined ? { ...shared, identifierKey: undefined } : shared;
    return { ...contents, shares, dealings, shared: kept };
  }
}
