// Counters of chain import. No ids as labels.
import { type Counter, counter, type Gauge, gauge, type Registry } from '../../common/metrics.ts';

export interface ChainMetrics {
  readonly height: { set(value: number): void };
  readonly imported: { inc(value?: number): void };
  readonly statements: { inc(value?: number): void };
  readonly reorganisations: { inc(value?: number): void };
}

const none = { inc: () => {}, set: () => {} };

export function chainMetrics(registry: Registry | undefined): ChainMetrics {
  const height: Gauge | undefined = gauge(registry, {
    name: 'wardmesh_chain_height_blocks',
    help: 'Height of the main chain',
  });
  const count = (name: `wardmesh_${string}`, help: string): Counter | undefined => counter(registry, { name, help });
  return {
    height: height ?? none,
    imported: count('wardmesh_chain_imported_blocks_total', 'Blocks stored, main chain or side') ?? none,
    statements: count('wardmesh_chain_statements_total', 'Statements of connected blocks') ?? none,
    reorganisations:
      count('wardmesh_chain_reorganisations_total', 'Times the main chain moved to another branch') ?? none,
  };
}
