// The body of a compact block in the making: places, short ids, what is still missing (PROTOCOL 8.10). Pure; a place that
// two different transactions claim counts as missing, so a collision costs a question and never a wrong body.
import { equalBytes } from '../../common/bytes.ts';
import { encodeSignedHeader } from '../../consensus/chain/header.ts';
import type { Block } from '../../consensus/chain/types.ts';
import { sealTransaction } from '../../consensus/ledger/transaction.ts';
import type { SealedTransaction } from '../../consensus/ledger/types.ts';
import { CompactError } from './errors.ts';
import { type ShortId, shortIdsOf } from './short-ids.ts';
import type { CompactBlock } from './wire.ts';

/** Of a short id that stands in the block twice. */
const AMBIGUOUS = -1;

export class Assembly {
  private readonly compact: CompactBlock;
  private readonly shortId: ShortId;
  private readonly places: (SealedTransaction | undefined)[];
  private readonly placeOf = new Map<number, number>();
  private readonly idAt: (number | undefined)[];
  private open: number;

  /** Throws CodecError when a prefilled transaction is malformed. */
  constructor(
    genesisId: Uint8Array,
    compact: CompactBlock,
    shortId: ShortId = shortIdsOf(encodeSignedHeader(compact)),
  ) {
    this.compact = compact;
    this.shortId = shortId;
    const { prefilled, shortIds } = compact;
    const count = prefilled.length + shortIds.length;
    this.places = new Array(count).fill(undefined);
    this.idAt = new Array(count).fill(undefined);
    this.open = shortIds.length;
    for (const { index, bytes } of prefilled) this.places[index] = sealTransaction(genesisId, bytes);
    let next = 0;
    for (let place = 0; place < count; place++) {
      if (this.places[place] !== undefined) continue;
      const id = shortIds[next++];
      this.idAt[place] = id;
      this.placeOf.set(id, this.placeOf.has(id) ? AMBIGUOUS : place);
    }
  }

  /** Whether nothing is missing. */
  get complete(): boolean {
    return this.open === 0;
  }

  /** A transaction that is known here and may stand in the block. */
  offer(sealed: SealedTransaction): void {
    const id = this.shortId(sealed.witnessId);
    const place = this.placeOf.get(id);
    if (place === undefined || place === AMBIGUOUS) return;
    const holder = this.places[place];
    if (holder === undefined) {
      this.places[place] = sealed;
      this.open--;
    } else if (!equalBytes(holder.witnessId, sealed.witnessId)) {
      this.places[place] = undefined;
      this.open++;
      this.placeOf.set(id, AMBIGUOUS);
    }
  }

  /** Ascending. */
  missing(): number[] {
    return this.places.flatMap((sealed, place) => (sealed === undefined ? [place] : []));
  }

  /** An answer to a question for `place`. Throws CompactError unless it has the short id that stands there. */
  fill(place: number, sealed: SealedTransaction): void {
    if (this.shortId(sealed.witnessId) !== this.idAt[place]) {
      throw new CompactError({ code: 'compact.wrong-transactions' });
    }
    if (this.places[place] === undefined) this.open--;
    this.places[place] = sealed;
  }

  /** Once complete. Whether it is the body that the header commits to is the ladder's question. */
  block(): Block {
    const { header, signature, certificate } = this.compact;
    return { header, signature, certificate, transactions: this.places as SealedTransaction[] };
  }
}

/** Whether a compact block tells the truth about the block that its header commits to. */
export function tellsTruth({ certificate, prefilled, shortIds }: CompactBlock, block: Block): boolean {
  const { transactions } = block;
  if (!equalBytes(certificate, block.certificate)) return false;
  if (prefilled.length + shortIds.length !== transactions.length) return false;
  if (prefilled.some(({ index, bytes }) => !equalBytes(bytes, transactions[index].bytes))) return false;
  const inside = new Set(prefilled.map(({ index }) => index));
  const shortId = shortIdsOf(encodeSignedHeader(block));
  const others = transactions.filter((_, index) => !inside.has(index));
  return others.every(({ witnessId }, index) => shortId(witnessId) === shortIds[index]);
}
