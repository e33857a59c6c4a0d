import { expect, test } from 'vitest';
import { collectProcessMetrics, counter, createRegistry, gauge, histogram } from '../../common/metrics.ts';

test('what was counted is what the registry shows', async () => {
  const registry = createRegistry();
  const blocks = counter(registry, { name: 'wardmesh_test_blocks_total', help: 'Blocks.', labels: ['result'] });
  const peers = gauge(registry, { name: 'wardmesh_test_peers', help: 'Peers.' });
  const seconds = histogram(registry, { name: 'wardmesh_test_seconds', help: 'Time.', buckets: [0.1, 1] });
  blocks.inc({ result: 'connected' }, 2);
  peers.set(3);
  seconds.observe(0.5);
  const text = await registry.metrics();
  expect(text).toContain('wardmesh_test_blocks_total{result="connected"} 2');
  expect(text).toContain('wardmesh_test_peers 3');
  expect(text).toContain('wardmesh_test_seconds_bucket{le="0.1"} 0');
  expect(text).toContain('wardmesh_test_seconds_bucket{le="1"} 1');
});

test('a gauge with `collect` is asked at each scrape', async () => {
  const registry = createRegistry();
  let size = 1;
  gauge(registry, { name: 'wardmesh_test_size', help: 'Size.', collect: () => size });
  expect(await registry.metrics()).toContain('wardmesh_test_size 1');
  size = 2;
  expect(await registry.metrics()).toContain('wardmesh_test_size 2');
});

test('without a registry a metric counts for nobody, any number of times', () => {
  const options = { name: 'wardmesh_test_total', help: 'Twice.' } as const;
  for (let i = 0; i < 2; i++) expect(() => counter(undefined, options).inc()).not.toThrow();
});

test('a registry takes a name once', () => {
  const registry = createRegistry();
  const options = { name: 'wardmesh_test_total', help: 'Twice.' } as const;
  counter(registry, options);
  expect(() => counter(registry, options)).toThrow('already been registered');
});

test('two registries do not share metrics', async () => {
  const [first, second] = [createRegistry(), createRegistry()];
  counter(first, { name: 'wardmesh_test_total', help: 'One.' }).inc();
  expect(await second.metrics()).not.toContain('wardmesh_test_total');
});

test('shows memory and event loop of the process under their usual names', async () => {
  const registry = createRegistry();
  collectProcessMetrics(registry);
  const text = await registry.metrics();
  expect(text).toContain('process_resident_memory_bytes');
  expect(text).toContain('nodejs_eventloop_lag_seconds');
});

test('the type of a label is checked', () => {
  const blocks = counter(undefined, { name: 'wardmesh_test_total', help: 'Typed.', labels: ['result'] });
  // @ts-expect-error: not a label of this metric
  expect(() => blocks.inc({ reason: 'x' })).toThrow();
});
