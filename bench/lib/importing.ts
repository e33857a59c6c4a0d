// Blocks into a chain as a syncing node takes them: a Chain over the store's thread, a window of blocks ahead.
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { createRegistry, type Registry } from '../../common/metrics.ts';
import { Chain } from '../../node/chain/chain.ts';
import { Verifier } from '../../node/chain/verifier.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import { ChainStoreClient } from '../../node/store/client.ts';
import type { BenchNetwork } from './ledger.ts';

/** As node/sync keeps it. */
const WINDOW = 16;

export interface Imported {
  readonly registry: Registry;
  readonly height: number;
}

/** Throws unless every block ends on the main chain. */
export async function importChain(
  { genesis, id }: BenchNetwork,
  path: string,
  blocks: readonly Uint8Array[],
): Promise<Imported> {
  const registry = createRegistry();
  const store = new ChainStoreClient({ path, genesis });
  const verifier = new Verifier({ genesisId: id }, { registry });
  const logger = createLogger({ level: 'silent' });
  const members = new MemberSets({ genesis }, { states: (keys) => store.states(keys) });
  const modules = { store, members, verifier, clock: systemClock, logger, registry };
  const chain = new Chain({ genesis, genesisId: id }, modules);
  await chain.start();
  try {
    const window: Promise<unknown>[] = [];
    for (const block of blocks) {
      window.push(chain.import(block, 'bench'));
      if (window.length >= WINDOW) await window.shift();
    }
    await Promise.all(window);
    const { height } = chain.tip.header;
    if (height !== blocks.length) throw new Error(`only ${height} of ${blocks.length} blocks were imported`);
    return { registry, height };
  } finally {
    await chain.stop();
    await store.close();
  }
}
