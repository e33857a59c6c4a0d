// chain_get*: what lets others verify. Owns how many proofs of the state are made at a time; making one is the store's.
import { fromHex, toHex } from '../../common/bytes.ts';
import type { CodedError } from '../../common/errors.ts';
import { blockId } from '../../consensus/chain/header.ts';
import { encodeGenesis, type Genesis, genesisId } from '../../consensus/genesis.ts';
import { encodeLightChain } from '../../consensus/proofs/light-chain.ts';
import { finalHeaderOf } from '../../consensus/proofs/proof-file.ts';
import { doorError } from '../../rpc/errors.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Params } from '../../rpc/schema/methods.ts';
import { StoreError } from '../store/errors.ts';
import type { ChainStore, Provable } from '../store/ports.ts';
import { ServiceError } from './errors.ts';

export type ProofHandlers = Pick<
  Handlers,
  'chain_getProof' | 'chain_getHeaders' | 'chain_getLightChain' | 'chain_getGenesis'
>;

/** Proofs in the making at a time. */
const MAX_PROVING = 4;

export function proofService(
  { genesis }: { readonly genesis: Genesis },
  { store }: { readonly store: Pick<ChainStore, 'prove' | 'headers' | 'lightChain'> },
): ProofHandlers {
  const about = { id: toHex(genesisId(genesis)), genesis: toHex(encodeGenesis(genesis)) };
  let proving = 0;
  // One of the state keeps the store from connecting blocks for up to a second: one at a time.
  let rewinding = false;
  return {
    chain_getProof: async (params) => {
      const what = provable(params);
      const rewinds = what.type === 'state';
      if (proving >= MAX_PROVING || (rewinds && rewinding)) throw doorError('rpc.busy');
      proving++;
      rewinding ||= rewinds;
      try {
        const proof = await store.prove(what);
        if (proof === undefined) throw unknown(what);
        const final = finalHeaderOf(proof, genesis);
        return { proof: toHex(proof), final: { height: final.height, id: toHex(blockId(final)) } };
      } catch (error) {
        throw explained(error);
      } finally {
        proving--;
        if (rewinds) rewinding = false;
      }
    },

    chain_getHeaders: async ({ from, limit }) => ({ headers: (await store.headers(from, limit)).map(toHex) }),

    chain_getLightChain: async () => ({ lightChain: toHex(encodeLightChain(await store.lightChain())) }),

    chain_getGenesis: async () => about,
  };
}

function provable(params: Params<'chain_getProof'>): Provable {
  if ('block' in params) return { type: 'block', id: fromHex(params.block) };
  if ('statement' in params) return { type: 'statement', id: fromHex(params.statement) };
  return { type: 'state', key: fromHex(params.key) };
}

function unknown(what: Provable): ServiceError {
  return new ServiceError({ code: what.type === 'block' ? 'chain.unknown-block' : 'chain.unknown-statement' });
}

/** The store's reasons in the words of the door. */
function explained(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  const { type } = error as CodedError<StoreError['type']>;
  switch (type.code) {
    case 'store.not-final':
      return new ServiceError({ code: 'chain.not-final', height: type.height, final: type.final });
    case 'store.not-kept':
      return new ServiceError({ code: 'chain.not-kept', height: type.height });
    case 'store.too-far':
      return new ServiceError({ code: 'chain.too-far' });
    default:
      return error;
  }
}
