// Makes the blocks of the header model by the rules of consensus/: target, work, turns.

import { nextTarget } from '../../../consensus/chain/difficulty.ts';
import { diversityWindow, earliestAtDistance } from '../../../consensus/chain/diversity.ts';
import type { Header } from '../../../consensus/chain/types.ts';
import { workOf } from '../../../consensus/chain/work.ts';
import type { ClinicNumber } from '../../../consensus/ledger/types.ts';
import { RECENT_BLOCKS_PER_MEMBER } from '../../../consensus/limits.ts';
import { ZERO_HASH } from '../../../consensus/merkle.ts';
import type { Params } from '../../../consensus/params.ts';
import type { ModelBlock } from './types.ts';

type Found = Pick<ModelBlock, 'number' | 'id' | 'foundAt'> & Pick<Header, 'signer' | 'timestamp'>;

export function genesisBlockOf(params: Params, members: number): ModelBlock {
  const header = headerOf(0, 0, 0, params.startTarget);
  const genesis = {
    ...childRules(params, members, header, undefined),
    number: 0,
    header,
    id: new Uint8Array(8),
    work: 0n,
    parent: undefined,
    foundAt: 0,
  } as Omit<ModelBlock, 'justified' | 'finalised'> as ModelBlock;
  genesis.justified = genesis;
  genesis.finalised = genesis;
  return genesis;
}

export function makeBlock(params: Params, members: number, parent: ModelBlock, found: Found): ModelBlock {
  const { number, id, foundAt, signer, timestamp } = found;
  const header = headerOf(parent.header.height + 1, signer, timestamp, parent.childTarget);
  return {
    ...childRules(params, members, header, parent),
    number,
    header,
    id,
    work: parent.work + workOf(header.target),
    parent,
    foundAt,
    justified: parent.justified,
    finalised: parent.finalised,
  };
}

/** What holds for every child of a block: computed once, not for each miner. */
function childRules(
  params: Params,
  members: number,
  header: Header,
  parent: ModelBlock | undefined,
): Pick<ModelBlock, 'childTarget' | 'childHashes' | 'earliest'> {
  const target = nextTarget(params, header, parent?.header);
  const recent = recentSigners(header, parent, RECENT_BLOCKS_PER_MEMBER * members);
  const window = diversityWindow(members, recent);
  const earliest = new Array<number>(members).fill(earliestAtDistance(params, header, window, -1));
  for (let distance = window - 1; distance >= 0; distance--) {
    earliest[recent[distance] - 1] = earliestAtDistance(params, header, window, distance);
  }
  return { childTarget: target, childHashes: Number(workOf(target)), earliest };
}

function recentSigners(header: Header, parent: ModelBlock | undefined, count: number): ClinicNumber[] {
  const signers: ClinicNumber[] = [];
  if (header.height === 0) return signers;
  signers.push(header.signer);
  for (let at = parent; at !== undefined && at.header.height > 0 && signers.length < count; at = at.parent) {
    signers.push(at.header.signer);
  }
  return signers;
}

function headerOf(height: number, signer: ClinicNumber, timestamp: number, target: bigint): Header {
  return {
    version: 1,
    height,
    parent: ZERO_HASH,
    txRoot: ZERO_HASH,
    outcomeRoot: ZERO_HASH,
    stateRoot: ZERO_HASH,
    historyRoot: ZERO_HASH,
    memberSet: 0,
    signer,
    timestamp,
    target,
    extraNonce: 0n,
    nonce: 0n,
  };
}
