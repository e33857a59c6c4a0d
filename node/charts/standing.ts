// Whether a consent counts now: what the chain says of its object, less what was received and takes it away. Obeyed from
// receipt of the revocation (design section 7); a statement that never reaches a block took away in vain, which is the safe side.
import { toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { authorBytes } from '../../consensus/ledger/authors.ts';
import { decodeConsentRow, isInForce } from '../../consensus/ledger/consent/rows.ts';
import { CONSENT_REVOKE } from '../../consensus/ledger/kinds.ts';
import { consentKey } from '../../consensus/ledger/tables.ts';
import type { Author } from '../../consensus/ledger/types.ts';
import type { Received } from '../intake.ts';
import type { ChainStore } from '../store/ports.ts';
import type { ConsentStanding } from './ports.ts';

/** Revocations on their way to a block. */
const RECEIVED_REVOCATIONS = 10_000;

export class ConsentStandings {
  private readonly modules: { readonly store: Pick<ChainStore, 'states'>; readonly clock: Clock };
  /** By object and author: what a stranger says of an object takes nobody's word away. */
  private readonly received = new BoundedMap<string, true>({ maxEntries: RECEIVED_REVOCATIONS });

  constructor(modules: { readonly store: Pick<ChainStore, 'states'>; readonly clock: Clock }) {
    this.modules = modules;
  }

  /** A transaction that is valid by its signatures. */
  onReceived({ sealed }: Pick<Received, 'sealed'>): void {
    for (const { kind, object, author } of sealed.transaction.statements) {
      if (kind !== CONSENT_REVOKE) continue;
      this.received.set(nameOf(object, author), true);
    }
  }

  /** Undefined for what no block of the main chain has. */
  async of(objects: readonly Uint8Array[]): Promise<(ConsentStanding | undefined)[]> {
    const rows = await this.modules.store.states(objects.map(consentKey));
    const now = this.modules.clock.now();
    return rows.map((bytes, index) => {
      if (bytes === undefined) return undefined;
      const row = decodeConsentRow(bytes);
      const revoked = !row.live || this.received.get(nameOf(objects[index], row.author)) === true;
      return { row, status: revoked ? 'revoked' : isInForce(row, now) ? 'active' : 'inactive' };
    });
  }
}

function nameOf(object: Uint8Array, author: Author): string {
  return `${toHex(object)} ${toHex(authorBytes(author))}`;
}
