// Whether somebody took over what clinics keep of a patient, and what is left of the consents about a chart then: checks the words
// that come as the proof of that authority against the chain. Owns no rule: those are records/consent/under-take-over.ts.
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { decodeConsentRow } from '../../consensus/ledger/consent/rows.ts';
import {
  type AuthorityRow,
  decodeAuthorityRow,
  decodeTakeOverRow,
  type TakeOverRow,
} from '../../consensus/ledger/patients/take-over/rows.ts';
import { authorityKey, consentKey, takeOverKey } from '../../consensus/ledger/tables.ts';
import { isClinics, underTakeOver, voided } from '../../records/consent/under-take-over.ts';
import { type HeldPlace, type HeldWord, isLifting, isSaidBy, isSignedBy } from '../../records/vault/held-terms.ts';
import type { PatientWord } from '../../records/vault/word.ts';
import type { ChainStore } from '../store/ports.ts';
import type { ConsentStanding, KnownTerms } from './ports.ts';

/** Signatures that were found right. */
const MAX_CHECKED = 4_096;

export interface TakenOverModules {
  readonly chain: Pick<ChainStore, 'states'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Terms with what the chain has of their consent. */
export interface ChainTerms extends KnownTerms {
  readonly row: ConsentStanding['row'] | undefined;
}

/** `inTime`: by the key that decides, or by one that did as a block had it. */
interface ProvenWord {
  readonly said: PatientWord;
  readonly inTime: boolean;
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

  /** Whether this clinic may end what its custody says: nobody took over, or it shuts out what it shut out afterwards. */
  async isClinics(handle: Uint8Array, { object, terms }: Pick<KnownTerms, 'object' | 'terms'>): Promise<boolean> {
    const authority = await this.of(handle);
    if (authority === undefined) return true;
    const [bytes] = await this.modules.chain.states([consentKey(object)]);
    return isClinics(terms, bytes === undefined ? Infinity : decodeConsentRow(bytes).given, authority.first);
  }

  /**
   * What each counts for. A word whose take-over does not decide says nothing; one that no block had while it did is void, so that it
   * is seen, and what it gave can be taken back.
   */
  async settled(place: HeldPlace, all: readonly ChainTerms[]): Promise<readonly KnownTerms[]> {
    const authority = await this.of(place.handle);
    if (authority === undefined) return all.filter(({ terms }) => terms.grantor.kind !== 'take-over').map(known);
    const words = await Promise.all(all.map((one) => this.proven(place, one, authority)));
    // Whatever came of a lift since: nothing shuts out again what it ended, least of all a clinic's revocation.
    const lifts = words.flatMap((word) => (word?.inTime === true ? [word.said] : []));
    const at = this.modules.clock.now();
    const settled: KnownTerms[] = [];
    for (const [index, one] of all.entries()) {
      const { object, terms, status, ends, row } = one;
      if (terms.grantor.kind === 'take-over' && words[index]?.inTime !== true) {
        if (words[index] !== undefined) settled.push({ object, terms, ends, status: voided(status) });
        continue;
      }
      const lifted = lifts.some((lift) => isLifting(lift, object, terms));
      const given = row?.given ?? Infinity;
      const taken = row?.live === false ? row.ended : Infinity;
      settled.push({
        object,
        terms,
        ends,
        status: underTakeOver({ terms, status, ends, given, taken, lifted }, authority.first, at),
      });
    }
    return settled;
  }

  private async proven(
    place: HeldPlace,
    { object, terms, row }: ChainTerms,
    authority: AuthorityRow,
  ): Promise<ProvenWord | undefined> {
    const { grantor } = terms;
    const said = grantor.kind === 'take-over' ? isSaidBy(object, terms, place) : undefined;
    if (grantor.kind !== 'take-over' || said?.takeOver === undefined) return undefined;
    const now = equalBytes(said.takeOver, authority.takeOver);
    const held = now ? authority : await this.finished(said.takeOver, place.handle);
    if (held === undefined) return undefined;
    // What an earlier key gave while it decided stays; what it signs later is nothing, whoever decides then.
    const inTime = !('until' in held) || (row !== undefined && row.given < held.until);
    return (await this.isSigned(held.key, grantor)) ? { said, inTime } : undefined;
  }

  private async isSigned(key: Uint8Array, word: HeldWord): Promise<boolean> {
    const name = [key, word.word, word.signature].map(toHex).join(' ');
    if (this.checked.get(name) === true) return true;
    const right = await isSignedBy(key, word, this.genesisId);
    if (right) this.checked.set(name, true);
    return right;
  }

  private async finished(takeOver: Uint8Array, handle: Uint8Array): Promise<TakeOverRow | undefined> {
    const [bytes] = await this.modules.chain.states([takeOverKey(takeOver)]);
    const row = bytes && decodeTakeOverRow(bytes);
    return row?.finished === true && equalBytes(row.handle, handle) ? row : undefined;
  }
}

function known({ object, terms, status, ends }: ChainTerms): KnownTerms {
  return { object, terms, status, ends };
}
