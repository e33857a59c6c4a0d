// What makes a block invalid at its parent because of its transactions (PROTOCOL 4.5, 5.10). Throws BlockError.
// Writes the senders' sequences; everything else that statements do has outcomes.
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { BlockError } from '../chain/errors.ts';
import type { Header } from '../chain/types.ts';
import {
  MAX_BLOCK_BYTES,
  MAX_BLOCK_UNITS,
  MAX_VALID_BLOCKS,
  RECENT_BLOCKS_PER_MEMBER,
  SHARE_DIVISOR,
  SHARE_MIN_SIGNERS,
} from '../limits.ts';
import type { MemberSet, Sender } from '../member-set.ts';
import { isOfFamily } from './kinds.ts';
import type { Overlay } from './overlay.ts';
import { senderKey } from './tables.ts';
import type { ClinicNumber, SealedTransaction, StateReader, Transaction } from './types.ts';
import { unitsOf } from './units.ts';

/** The most bytes of one clinic's transactions while a share is in force. */
export const SHARE_BYTES = Math.floor(MAX_BLOCK_BYTES / SHARE_DIVISOR);

/** The sequence that a sending key's next transaction must have. */
export function nextSequence(state: StateReader, publicKey: Uint8Array): number {
  const bytes = state.get(senderKey(publicKey));
  return bytes === undefined ? 0 : new Reader(bytes).u64();
}

/** Whether shares are in force after these signers, newest first (PROTOCOL 5.10). */
export function hasShares(members: MemberSet, recentSigners: readonly ClinicNumber[]): boolean {
  return new Set(recentSigners.slice(0, RECENT_BLOCKS_PER_MEMBER * members.size)).size >= SHARE_MIN_SIGNERS;
}

/**
 * What the transactions show without any state: how long they may stand, and the public-key work of all, beside what the
 * rest of the body costs.
 */
export function checkTransactionsAlone(
  header: Header,
  transactions: readonly SealedTransaction[],
  otherUnits = 0,
): void {
  let units = otherUnits;
  for (const [transaction, sealed] of transactions.entries()) {
    const { validUntil } = sealed.transaction;
    if (validUntil < header.height) throw new BlockError({ code: 'block.expired', transaction, validUntil });
    if (validUntil > header.height + MAX_VALID_BLOCKS) {
      throw new BlockError({ code: 'block.lifetime', transaction, validUntil });
    }
    units += unitsOf(sealed);
  }
  if (units > MAX_BLOCK_UNITS) throw new BlockError({ code: 'block.units', units, limit: MAX_BLOCK_UNITS });
}

/** The sender of each transaction, in order. */
export function checkTransactions(
  members: MemberSet,
  state: Overlay,
  header: Header,
  transactions: readonly SealedTransaction[],
  recentSigners: readonly ClinicNumber[],
  otherUnits = 0,
): Sender[] {
  checkTransactionsAlone(header, transactions, otherUnits);
  const limit = hasShares(members, recentSigners) ? SHARE_BYTES : Number.POSITIVE_INFINITY;
  const bytesOf = new Map<ClinicNumber, number>();
  return transactions.map(({ transaction, bytes }, index) => {
    const sender = members.sender(transaction.sender);
    if (sender === undefined) throw new BlockError({ code: 'block.sender', transaction: index });
    checkAuthors(sender, transaction, index);
    const total = (bytesOf.get(sender.clinic) ?? 0) + bytes.length;
    if (total > limit) throw new BlockError({ code: 'block.share', clinic: sender.clinic, bytes: total, limit });
    bytesOf.set(sender.clinic, total);
    takeSequence(state, transaction, index);
    return sender;
  });
}

/** PROTOCOL 4.5: for whom a sender may speak, by the transaction and the member set alone. */
export function checkAuthors(sender: Sender, { statements }: Transaction, transaction: number): void {
  for (const [statement, { author, kind }] of statements.entries()) {
    if (author.type === 'clinic' && author.clinic !== sender.clinic) {
      throw new BlockError({ code: 'block.author', transaction, statement });
    }
    if (sender.role === 'gateway' && !isOfFamily(kind, 'threats')) {
      throw new BlockError({ code: 'block.gateway', transaction, statement });
    }
  }
}

function takeSequence(state: Overlay, { sender, sequence }: Transaction, transaction: number): void {
  const expected = nextSequence(state, sender);
  if (sequence !== expected) throw new BlockError({ code: 'block.sequence', transaction, expected, found: sequence });
  state.set(senderKey(sender), new Writer(8).u64(expected + 1).finish());
}
