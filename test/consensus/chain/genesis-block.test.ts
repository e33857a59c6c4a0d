import { describe, expect, it } from 'vitest';
import { toHex } from '../../../common/bytes.ts';
import { decodeBlock, encodeBlock } from '../../../consensus/chain/block.ts';
import { genesisBlock, genesisHeader } from '../../../consensus/chain/genesis-block.ts';
import { blockId } from '../../../consensus/chain/header.ts';
import { GENESIS, GENESIS_ID } from './samples.ts';

describe('block 0', () => {
  it('follows from the genesis document alone and names it as its parent', () => {
    const header = genesisHeader(GENESIS);
    expect(header).toMatchObject({ height: 0, memberSet: 0, signer: 0, timestamp: GENESIS.created, nonce: 0n });
    expect(header.parent).toEqual(GENESIS_ID);
    expect(header.target).toBe(GENESIS.params.startTarget);
    expect(decodeBlock(GENESIS_ID, encodeBlock(genesisBlock(GENESIS)))).toEqual(genesisBlock(GENESIS));
  });

  it('has another id in a network whose document differs in anything', () => {
    const id = toHex(blockId(genesisHeader(GENESIS)));
    for (const other of [
      { ...GENESIS, network: 'other' },
      { ...GENESIS, clinics: GENESIS.clinics.slice(1) },
      { ...GENESIS, params: { ...GENESIS.params, keyGrace: 1 } },
    ]) {
      expect(toHex(blockId(genesisHeader(other)))).not.toBe(id);
    }
  });
});
