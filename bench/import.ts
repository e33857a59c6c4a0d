// Import of signed transactions in full blocks: decoding, signatures, execution, state, indexes and disk, as a node does
// it when it catches up. Beside the raw rate of asynchronous Ed25519 verification on the same cores in the same run.
// `--transactions N` sets the size.
import { createPublicKey, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { ChainDatabase } from '../node/store/chain-database.ts';
import { benchmark, SHORT } from './lib/benchmark.ts';
import { importChain } from './lib/importing.ts';
import { benchNetwork, makeChain, recordTransaction } from './lib/ledger.ts';
import { withDirectory } from './lib/temporary.ts';

const at = process.argv.indexOf('--transactions');
const TRANSACTIONS = at === -1 ? (SHORT ? 16_384 : 50_000) : Number(process.argv[at + 1]);
const VERIFICATIONS = SHORT ? 8_192 : 20_000;
const IN_FLIGHT = 256;
const TARGET = 0.25;
const LIMIT = 'raw crypto.verify, asynchronous';

const network = benchNetwork(4);
const chain = await withDirectory(async (path) => {
  const store = new ChainDatabase({ path, genesis: network.genesis });
  try {
    return await makeChain(network, store, { transactions: TRANSACTIONS });
  } finally {
    await store.close();
  }
});

type Key = ReturnType<typeof createPublicKey>;
const verifyRaw = promisify<null, Uint8Array, Key, Uint8Array, boolean>(verify);
const keys = network.genesis.clinics.map(({ nodeKey }) =>
  createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(nodeKey).toString('base64url') },
    format: 'jwk',
  }),
);
const signed = Array.from({ length: VERIFICATIONS }, (_, number) => {
  const { id, transaction } = recordTransaction(network, number, network.genesis.created);
  return { id, signature: transaction.signature, key: keys[number % keys.length] };
});

async function verifyAll(): Promise<number> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < signed.length) {
      const { id, signature, key } = signed[next++];
      if (!(await verifyRaw(null, id, key, signature))) throw new Error('a good signature was refused');
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return signed.length;
}

const bytes = chain.blocks.reduce((sum, block) => sum + block.length, 0);
const about = `${TRANSACTIONS} transactions of one statement in ${chain.blocks.length} blocks, ${(bytes / 2 ** 20).toFixed(1)} MiB`;
await benchmark({ name: 'import', about, rounds: SHORT ? 3 : 5 }, [
  { name: LIMIT, unit: 'signatures', run: verifyAll },
  {
    name: 'import',
    unit: 'transactions',
    run: async () => {
      await withDirectory((path) => importChain(network, path, chain.blocks));
      return TRANSACTIONS;
    },
    limit: LIMIT,
    target: TARGET,
  },
]);
