// What the small node gives to those who verify: bytes of the right shape, and nothing final above its blocks.
import { CodedError } from '../../../common/errors.ts';
import type { Handlers } from '../../../rpc/ports.ts';

class TinyError extends CodedError<{ code: string }> {}

const ID = 'ab'.repeat(32);

export function proofHandlers(blockCount: number) {
  return {
    chain_getProof: async (params) => {
      if ('block' in params && params.block !== ID) throw new TinyError({ code: 'chain.unknown-block' });
      return { proof: '0102', final: { height: 4, id: ID } };
    },
    chain_getHeaders: async ({ from, limit }) => ({
      headers: Array.from({ length: Math.max(0, Math.min(limit, blockCount - from)) }, () => '00'.repeat(296)),
    }),
    chain_getLightChain: async () => ({ lightChain: '0304' }),
    chain_getGenesis: async () => ({ id: ID, genesis: '0506' }),
  } satisfies Partial<Handlers>;
}
