// Schedules of acts for limits, and what the worst span of one took.
import fc from 'fast-check';
import type { Limit } from '../../../gateway/limits/limiter.ts';

export interface Step {
  /** ms since the step before. */
  readonly wait: number;
  readonly client: number;
  readonly cost: number;
}

export function schedule(options: { clients: number; maxCost: number }): fc.Arbitrary<Step[]> {
  const step = fc.record({
    wait: fc.oneof(fc.constant(0), fc.nat(200), fc.nat(4_000)),
    client: fc.nat(options.clients - 1),
    cost: fc.integer({ min: 1, max: options.maxCost }),
  });
  return fc.array(step, { maxLength: 120 });
}

/** Over every span from one act to another: units taken less what the rate gives in it. At most the burst when the limit holds. */
export function mostInAnySpan(acts: readonly { at: number; cost: number }[], { rate }: Limit): number {
  let most = 0;
  for (let from = 0; from < acts.length; from++) {
    let sum = 0;
    for (let to = from; to < acts.length; to++) {
      sum += acts[to].cost;
      most = Math.max(most, sum - (rate * (acts[to].at - acts[from].at)) / 1000);
    }
  }
  return Math.round(most * 1e6) / 1e6;
}
