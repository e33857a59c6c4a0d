// Whether somebody took over what clinics keep of a patient, and what is left of the consents about a chart then: checks the words
// that come as the proof of that authority against the chain. Owns no rule: those are records/consent/under-take-over.ts.
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import {
  type AuthorityRow,
  decodeAuthorityRow,
  decodeTakeOverRow,
  type TakeOverRow,
} from '../../consensus/ledger/patients/take-over/rows.ts';
import { authorityKey, takeOverKey } from '../../consensus/ledger/tables.ts';
import { isBefore, type Place, underTakeOver } from '../../records/consent/under-take-over.ts';
import { type HeldPlace, type HeldWord, isLifting, isSaidBy, isSignedBy } from '../../records/vault/held-terms.ts';
import type { PatientWord } from '../../records/vault/word.ts';
import type { ChainStore } from '../store/ports.ts';
import type { ConsentStanding, KnownTerms } from './ports.ts';

/** Signatures that were found right. */
const MAX_CHECKED = 4_096;

export interface TakenOverModules {
  readonly chain: Pick<ChainStore, 'states' | 'statement'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Terms with what the chain has of their consent. */
export interface ChainTerms extends KnownTerms {
  readonly row: ConsentStanding['row'] | undefined;
}

export class TakenOver {
  private readonly genesisId: Uint8Array;
  private readonly modules: TakenOverModules;
  private readonly checked = new BoundedMap<string, true>({ maxEntries: MAX_CHECKED });

  constructor(options: { readonly genesisId: Uint8Array }, modules: TakenOverModules) {
    this.genesisId = options.genesisId;
    this.modules = modules;
  }

  /** Who decides; undefined while nobody took over. */
  async of(handle: Uint8Array): Promise<AuthorityRow | undefined> {
    const [bytes] = await this.modules.chain.states([authorityKey(handle)]);
    return bytes === undefined ? undefined : decodeAuthorityRow(bytes);
  }

  /** What each counts for. A word whose take-over does not decide, or did not when it was given, says nothing. */
  async settled(place: HeldPlace, all: readonly ChainTerms[]): Promise<readonly KnownTerms[]> {
    const authority = await this.of(place.handle);
    if (authority === undefined) return all.filter(({ terms }) => terms.grantor.kind !== 'take-over').map(known);
    const since = await this.end(authority.takeOver);
    const words = await Promise.all(all.map((one) => this.proven(place, one, authority, since)));
    const lifts = words.filter((word, index) => word !== undefined && all[index].status === 'active') as PatientWord[];
    const at = this.modules.clock.now();
    const settled: KnownTerms[] = [];
    for (const [index, one] of all.entries()) {
      const { object, terms, status, ends, row } = one;
      const custody = terms.grantor.kind === 'custody';
      if (terms.grantor.kind === 'take-over' && words[index] === undefined) continue;
      const lifted = lifts.some((lift) => isLifting(lift, object, terms));
      // The place of nothing else decides.
      const given = custody && status === 'active' && row ? await this.place(row.created) : undefined;
      const taken = custody && row?.live === false ? await this.place(row.latest) : undefined;
      settled.push({
        object,
        terms,
        ends,
        status: underTakeOver({ terms, status, ends, given, taken, lifted }, since, at),
      });
    }
    return settled;
  }

  private async proven(
    place: HeldPlace,
    { object, terms, row }: ChainTerms,
    authority: AuthorityRow,
    since: Place | undefined,
  ): Promise<PatientWord | undefined> {
    const { grantor } = terms;
    const said = grantor.kind === 'take-over' ? isSaidBy(object, terms, place) : undefined;
    if (grantor.kind !== 'take-over' || said?.takeOver === undefined) return undefined;
    const now = equalBytes(said.takeOver, authority.takeOver);
    // What an earlier key gave while it decided stays, as what clinics gave before; what it signs later is nothing.
    if (!now && (row === undefined || !isBefore(await this.place(row.created), since))) return undefined;
    const takeOver = now ? authority : await this.finished(said.takeOver, place.handle);
    return takeOver !== undefined && (await this.isSigned(takeOver.key, grantor)) ? said : undefined;
  }

  private async isSigned(key: Uint8Array, word: HeldWord): Promise<boolean> {
    const name = [key, word.word, word.signature].map(toHex).join(' ');
    if (this.checked.get(name) === true) return true;
    const right = await isSignedBy(key, word, this.genesisId);
    if (right) this.checked.set(name, true);
    return right;
  }

  private async finished(takeOver: Uint8Array, handle: Uint8Array): Promise<TakeOverRow | undefined> {
    const row = await this.row(takeOver);
    return row?.finished === true && equalBytes(row.handle, handle) ? row : undefined;
  }

  /** Of the statement that ended a take-over. */
  private async end(takeOver: Uint8Array): Promise<Place | undefined> {
    const row = await this.row(takeOver);
    return row && this.place(row.latest);
  }

  private async row(takeOver: Uint8Array): Promise<TakeOverRow | undefined> {
    const [bytes] = await this.modules.chain.states([takeOverKey(takeOver)]);
    return bytes === undefined ? undefined : decodeTakeOverRow(bytes);
  }

  private place(statement: Uint8Array): Promise<Place | undefined> {
    return this.modules.chain.statement(statement);
  }
}

function known({ object, terms, status, ends }: ChainTerms): KnownTerms {
  return { object, terms, status, ends };
}
