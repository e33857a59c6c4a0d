// Prometheus metrics. Each module declares its own beside itself with these helpers; without a registry they still count,
// for nobody. Labels must come from sets of ours: a label from the network is an unbounded table.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type { Counter, Gauge, Histogram, Registry } from 'prom-client';

export type MetricName = `wardmesh_${string}`;

export interface MetricOptions<L extends string> {
  readonly name: MetricName;
  readonly help: string;
  readonly labels?: readonly L[];
}

export interface GaugeOptions<L extends string> extends MetricOptions<L> {
  /** Asked at each scrape. */
  readonly collect?: () => number;
}

export interface HistogramOptions<L extends string> extends MetricOptions<L> {
  /** Upper bounds, ascending, in the unit of the name. */
  readonly buckets: readonly number[];
}

export function createRegistry(): Registry {
  return new Registry();
}

/** Memory, CPU, event loop and garbage collection of this process under their usual names. Once per registry. */
export function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
}

export function counter<const L extends string = never>(
  registry: Registry | undefined,
  { name, help, labels = [] }: MetricOptions<L>,
): Counter<L> {
  return new Counter({ name, help, labelNames: [...labels], registers: registers(registry) });
}

export function gauge<const L extends string = never>(
  registry: Registry | undefined,
  { name, help, labels = [], collect }: GaugeOptions<L>,
): Gauge<L> {
  const read = collect && {
    collect(this: Gauge<L>) {
      this.set(collect());
    },
  };
  return new Gauge({ name, help, labelNames: [...labels], registers: registers(registry), ...read });
}

export function histogram<const L extends string = never>(
  registry: Registry | undefined,
  { name, help, labels = [], buckets }: HistogramOptions<L>,
): Histogram<L> {
  return new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers: registers(registry) });
}

function registers(registry: Registry | undefined): Registry[] {
  return registry === undefined ? [] : [registry];
}
