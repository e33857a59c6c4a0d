// Block 0 (PROTOCOL 3.3): derived from the genesis document, neither mined nor signed, never checked by the ladder.
import { EMPTY_BYTES } from '../../common/bytes.ts';
import { type Genesis, genesisId } from '../genesis.ts';
import { SIGNATURE_BYTES } from '../limits.ts';
import { ZERO_HASH } from '../merkle.ts';
import { HEADER_VERSION } from './header.ts';
import type { Block, Header } from './types.ts';

export function genesisHeader(genesis: Genesis): Header {
  return {
    version: HEADER_VERSION,
    height: 0,
    parent: genesisId(genesis),
    txRoot: ZERO_HASH,
    outcomeRoot: ZERO_HASH,
    stateRoot: ZERO_HASH,
    historyRoot: ZERO_HASH,
    memberSet: 0,
    signer: 0,
    timestamp: genesis.created,
    target: genesis.params.startTarget,
    extraNonce: 0n,
    nonce: 0n,
  };
}

/** The header with zeros for a signature and an empty body. */
export function genesisBlock(genesis: Genesis): Block {
  const header = genesisHeader(genesis);
  return { header, signature: new Uint8Array(SIGNATURE_BYTES), certificate: EMPTY_BYTES, transactions: [] };
}
