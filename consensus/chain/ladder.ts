// The validation ladder (PROTOCOL 5.10, 5.12), cheap steps first, each a function: alone, signature, body, context. What
// needs the state (senders, sequences, shares) is checked by execution. Every step throws BlockError.
import { verifyEd25519 } from '#crypto';
import { equalBytes } from '../../common/bytes.ts';
import { checkTransactionsAlone } from '../ledger/check-transactions.ts';
import type { ClinicNumber } from '../ledger/types.ts';
import type { MemberSet } from '../member-set.ts';
import type { Params } from '../params.ts';
import { transactionRoot } from './block.ts';
import { nextTarget } from './difficulty.ts';
import { earliestSpacing, earliestTimestamp } from './diversity.ts';
import { BlockError, type RootName } from './errors.ts';
import { certificateUnits } from './finality/certificate.ts';
import { blockId, blockSigningHash } from './header.ts';
import type { Block, ChildRoots, Header, SignedHeader } from './types.ts';
import { meetsTarget } from './work.ts';

const ROOTS: readonly RootName[] = ['outcomeRoot', 'stateRoot', 'historyRoot'];

/** How far ahead of our clock a block may be, in block intervals. */
const AHEAD_INTERVALS = 2;

export interface HeaderContext {
  readonly params: Params;
  readonly parent: { readonly id: Uint8Array; readonly header: Header };
  /** May be missing when the parent is block 0 or 1. */
  readonly grandparent: Header | undefined;
  /** The set in force for children of the parent. */
  readonly members: MemberSet;
  /** Signers of the last 3 n blocks up to the parent, newest first, genesis left out. */
  readonly recentSigners: readonly ClinicNumber[];
  /** Undefined while the parent is not executed; then `checkRoots` follows before the block is. */
  readonly roots: ChildRoots | undefined;
  /** Our clock, ms since 1970. */
  readonly now: number;
}

/** What the header shows by itself: bounds and work. Costs one id, which it returns. */
export function checkHeaderAlone(params: Params, header: Header): Uint8Array {
  if (header.height === 0) throw new BlockError({ code: 'block.genesis' });
  if (header.target > params.easiestTarget || header.target < params.hardestTarget) {
    throw new BlockError({ code: 'block.target-bounds' });
  }
  const id = blockId(header);
  if (!meetsTarget(id, header.target)) throw new BlockError({ code: 'block.work' });
  return id;
}

/** One Ed25519 verification, after the work: a bad signature must cost its sender more than us. */
export async function checkHeaderSignature(
  genesisId: Uint8Array,
  signed: SignedHeader,
  members: MemberSet,
): Promise<void> {
  const signer = signerOf(signed.header, members);
  const message = blockSigningHash(genesisId, blockId(signed.header));
  if (!(await verifyEd25519(signer.nodeKey, message, signed.signature))) {
    throw new BlockError({ code: 'block.signature' });
  }
}

/** The header as a child of its parent. `block.early` comes last, so what is held is good but for its time. */
export function checkHeaderInContext(header: Header, context: HeaderContext): void {
  const { params, parent, members } = context;
  if (!equalBytes(header.parent, parent.id)) throw new BlockError({ code: 'block.parent' });
  expectNumber('block.height', parent.header.height + 1, header.height);
  if (header.target !== nextTarget(params, parent.header, context.grandparent)) {
    throw new BlockError({ code: 'block.target' });
  }
  expectNumber('block.member-set', members.id, header.memberSet);
  signerOf(header, members);
  checkTime(header, context);
  if (context.roots !== undefined) checkRoots(header, context.roots);
  const due = header.timestamp - AHEAD_INTERVALS * params.blockInterval;
  if (due > context.now) throw new BlockError({ code: 'block.early', due });
}

/** The parent's execution led to the state that the header names. */
export function checkRoots(header: Header, roots: ChildRoots): void {
  for (const root of ROOTS) {
    if (!equalBytes(header[root], roots[root])) throw new BlockError({ code: 'block.root', root });
  }
}

/** What the body shows without any state, and before any of its signatures is looked at. */
export function checkBody(block: Block): void {
  const { header, certificate, transactions } = block;
  const root = transactionRoot(
    certificate,
    transactions.map((sealed) => sealed.witnessId),
  );
  if (!equalBytes(root, header.txRoot)) throw new BlockError({ code: 'block.tx-root' });
  checkTransactionsAlone(header, transactions, certificateUnits(certificate));
}

function checkTime(header: Header, context: HeaderContext): void {
  const { params, members, recentSigners } = context;
  const parent = context.parent.header;
  const { timestamp } = header;
  const spacing = earliestSpacing(params, parent);
  if (timestamp < spacing) throw new BlockError({ code: 'block.spacing', earliest: spacing, timestamp });
  const earliest = earliestTimestamp(params, members.size, parent, recentSigners, header.signer);
  if (timestamp < earliest) throw new BlockError({ code: 'block.diversity', earliest, timestamp });
}

function signerOf(header: Header, members: MemberSet) {
  const signer = members.clinic(header.signer);
  if (signer === undefined) throw new BlockError({ code: 'block.signer', signer: header.signer });
  return signer;
}

function expectNumber(code: 'block.height' | 'block.member-set', expected: number, found: number): void {
  if (expected !== found) throw new BlockError({ code, expected, found });
}
