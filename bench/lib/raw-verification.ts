// The machine's own rate of Ed25519: `crypto.verify`, asynchronous, parsed keys, as many at a time as the node has under way.
import { createPublicKey, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { type BenchNetwork, recordTransaction } from './ledger.ts';

const IN_FLIGHT = 256;

type Key = ReturnType<typeof createPublicKey>;
const verifyRaw = promisify<null, Uint8Array, Key, Uint8Array, boolean>(verify);

/** Verifies so many signatures of the network's clinics; gives how many. */
export function rawVerification(network: BenchNetwork, verifications: number): () => Promise<number> {
  const keys = network.genesis.clinics.map(({ nodeKey }) =>
    createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(nodeKey).toString('base64url') },
      format: 'jwk',
    }),
  );
  const signed = Array.from({ length: verifications }, (_, number) => {
    const { id, transaction } = recordTransaction(network, number, network.genesis.created);
    return { id, signature: transaction.signature, key: keys[number % keys.length] };
  });
  return async () => {
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < signed.length) {
        const { id, signature, key } = signed[next++];
        if (!(await verifyRaw(null, id, key, signature))) throw new Error('a good signature was refused');
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
    return signed.length;
  };
}
