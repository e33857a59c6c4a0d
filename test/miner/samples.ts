// Headers to mine in tests.
import { sha256 } from '#crypto';
import { bytesToBigInt } from '../../common/bytes.ts';
import { headerPreimage } from '../../consensus/chain/header.ts';
import type { Header } from '../../consensus/chain/types.ts';
import { targetFor } from '../../consensus/params.ts';

export function sampleHeader(change: Partial<Header> = {}): Header {
  const bytes = (value: number) => new Uint8Array(32).fill(value);
  return {
    version: 1,
    height: 7,
    parent: bytes(1),
    txRoot: bytes(2),
    outcomeRoot: bytes(3),
    stateRoot: bytes(4),
    historyRoot: bytes(5),
    memberSet: 0,
    signer: 2,
    timestamp: 1_700_000_000_000,
    target: targetFor(2000n),
    extraNonce: 0n,
    nonce: 0n,
    ...change,
  };
}

/** What the protocol says, without midstate, lanes or words. */
export function plainNonce(header: Header): bigint {
  for (let nonce = header.nonce; ; nonce = BigInt.asUintN(64, nonce + 1n)) {
    if (bytesToBigInt(sha256(sha256(headerPreimage({ ...header, nonce })))) <= header.target) return nonce;
  }
}
