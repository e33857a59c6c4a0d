// Import of signed transactions in full blocks: decoding, signatures, execution, state, indexes and disk, as a node does
// it when it catches up. Beside the raw rate of asynchronous Ed25519 verification on the same cores in the same run.
// `--transactions N` sets the size.
import { ChainDatabase } from '../node/store/chain-database.ts';
import { benchmark, SHORT } from './lib/benchmark.ts';
import { importChain } from './lib/importing.ts';
import { benchNetwork, makeChain } from './lib/ledger.ts';
import { rawVerification } from './lib/raw-verification.ts';
import { withDirectory } from './lib/temporary.ts';

const at = process.argv.indexOf('--transactions');
const TRANSACTIONS = at === -1 ? (SHORT ? 16_384 : 50_000) : Number(process.argv[at + 1]);
const VERIFICATIONS = SHORT ? 8_192 : 20_000;
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

const verifyAll = rawVerification(network, VERIFICATIONS);
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
