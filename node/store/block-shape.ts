// Counts in an encoded block that was decoded and checked before: lengths are walked, nothing is hashed.
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { SIGNED_HEADER_BYTES } from '../../consensus/chain/header.ts';
import { MAX_TRANSACTION_BYTES } from '../../consensus/limits.ts';

/** Where a transaction says how many statements it has (PROTOCOL 4.4). */
const STATEMENTS_AT = 1 + 32 + 8 + 8;

export function blockShape(bytes: Uint8Array): { readonly transactions: number; readonly statements: number } {
  let statements = 0;
  const bodies = transactionBodies(bytes);
  for (const body of bodies) {
    if (body.length <= STATEMENTS_AT)
      throw new CodecError({ code: 'codec.short', wanted: STATEMENTS_AT + 1, left: body.length });
    statements += body[STATEMENTS_AT];
  }
  return { transactions: bodies.length, statements };
}

/** The certificate of an encoded block; a view into its bytes. */
export function certificateOf(bytes: Uint8Array): Uint8Array {
  const reader = new Reader(bytes);
  reader.shared(SIGNED_HEADER_BYTES);
  return reader.shared16();
}

/** One encoded transaction of a block, undefined where there are fewer; a view into its bytes. */
export function transactionBody(bytes: Uint8Array, index: number): Uint8Array | undefined {
  const reader = new Reader(bytes);
  reader.shared(SIGNED_HEADER_BYTES);
  reader.shared16();
  if (index >= reader.u32()) return undefined;
  for (let before = 0; before < index; before++) reader.shared16(MAX_TRANSACTION_BYTES);
  return reader.shared16(MAX_TRANSACTION_BYTES);
}

/** The encoded transactions of a block; views into its bytes. */
export function transactionBodies(bytes: Uint8Array): readonly Uint8Array[] {
  const reader = new Reader(bytes);
  reader.shared(SIGNED_HEADER_BYTES);
  reader.shared16();
  const bodies: Uint8Array[] = [];
  for (let left = reader.u32(); left > 0; left--) bodies.push(reader.shared16(MAX_TRANSACTION_BYTES));
  reader.end();
  return bodies;
}
