// Methods for those who verify instead of trusting: proof files, headers with certificates, the genesis document.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { hash, hashParam, height, hex, hexParam, limitParam } from './shapes.ts';

/** A raw state key: table byte and id. */
const MAX_KEY_BYTES = 128;

export const proofMethods = defineMethods({
  chain_getProof: {
    summary:
      'A proof file of a block, a statement or a state row under the last final block, for wardmesh verify or any other verifier of PROTOCOL 10.',
    params: z.union([
      z.strictObject({ block: hashParam }),
      z.strictObject({ statement: hashParam }),
      /** Raw key of a state row, present or not. */
      z.strictObject({ key: hexParam(MAX_KEY_BYTES).min(2) }),
    ]),
    result: z.object({
      /** The file's bytes. */
      proof: hex,
      /** What the proof rests on. */
      final: z.object({ height, id: hash }),
    }),
    errors: [
      'chain.unknown-block',
      'chain.unknown-statement',
      'chain.not-final',
      'chain.not-kept',
      'chain.too-far',
      'rpc.busy',
    ],
    cost: 20,
  },
  chain_getHeaders: {
    summary: 'Headers of the main chain with signatures and finality certificates, as a chain file holds them.',
    params: z.strictObject({ from: height, limit: limitParam(512, 128) }),
    result: z.object({
      /** Encoded one by one: `header 232 | signature 64 | certificate b16` (PROTOCOL 10.5). */
      headers: z.array(hex),
    }),
    errors: [],
    cost: 5,
  },
  chain_getLightChain: {
    summary: 'What leads from the founders to the members of today and the last final block (PROTOCOL 10.1).',
    params: z.strictObject({}),
    result: z.object({ lightChain: hex }),
    errors: [],
    cost: 5,
  },
  chain_getGenesis: {
    summary: 'The genesis document of this network, as its canonical bytes.',
    params: z.strictObject({}),
    result: z.object({ id: hash, genesis: hex }),
    errors: [],
  },
});
