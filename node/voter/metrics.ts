// Counters of finality and of this clinic's votes.
import { type Counter, counter, type Gauge, gauge, type Registry } from '../../common/metrics.ts';

interface Count {
  inc(value?: number): void;
}

interface Level {
  set(value: number): void;
}

export interface FinalityMetrics {
  readonly justified: Level;
  readonly finalised: Level;
  readonly votes: Count;
  readonly evidence: Count;
}

const none = { inc: () => {}, set: () => {} };

export function finalityMetrics(registry: Registry | undefined): FinalityMetrics {
  const level = (name: `wardmesh_${string}`, help: string): Gauge | undefined => gauge(registry, { name, help });
  const count = (name: `wardmesh_${string}`, help: string): Counter | undefined => counter(registry, { name, help });
  return {
    justified: level('wardmesh_finality_justified_epoch', 'Highest epoch known to be justified') ?? none,
    finalised: level('wardmesh_finality_final_epoch', 'Highest epoch known to be final') ?? none,
    votes: count('wardmesh_finality_votes_total', 'Votes of any clinic that were verified') ?? none,
    evidence: count('wardmesh_finality_offences_total', 'Pairs of votes that cannot both be honest') ?? none,
  };
}
