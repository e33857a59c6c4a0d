// What the miner shows to Prometheus.
import { type Counter, counter, gauge, type Registry } from '../../common/metrics.ts';

export interface MinerMetrics {
  readonly hashes: Counter;
  readonly solutions: Counter;
}

export function minerMetrics(registry: Registry | undefined, hashRate: () => number): MinerMetrics {
  gauge(registry, {
    name: 'wardmesh_mining_hashes_per_second',
    help: 'Hashes a second of all mining threads, pauses of the duty cycle included',
    collect: hashRate,
  });
  return {
    hashes: counter(registry, { name: 'wardmesh_mining_hashes_total', help: 'Hashes tried' }),
    solutions: counter(registry, {
      name: 'wardmesh_mining_solutions_total',
      help: 'Headers found that meet their target',
    }),
  };
}
