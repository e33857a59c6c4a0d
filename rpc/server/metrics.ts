// Figures of the doors.
import {
  type Counter,
  counter,
  type Gauge,
  gauge,
  type Histogram,
  histogram,
  type Registry,
} from '../../common/metrics.ts';

export interface RpcMetrics {
  readonly calls: Counter<'method' | 'result'>;
  readonly seconds: Histogram<'method'>;
  /** Requests that did not reach a method. */
  readonly refused: Counter<'reason'>;
  readonly sockets: Gauge;
  readonly subscriptions: Gauge;
  /** WebSockets cut because they read too slowly or not at all. */
  readonly cut: Counter<'reason'>;
}

export function rpcMetrics(registry: Registry | undefined): RpcMetrics {
  return {
    calls: counter(registry, {
      name: 'wardmesh_rpc_calls_total',
      help: 'Calls by method and result code',
      labels: ['method', 'result'],
    }),
    seconds: histogram(registry, {
      name: 'wardmesh_rpc_call_seconds',
      help: 'Duration of calls',
      labels: ['method'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    }),
    refused: counter(registry, {
      name: 'wardmesh_rpc_refused_total',
      help: 'Requests refused before a method was called',
      labels: ['reason'],
    }),
    sockets: gauge(registry, { name: 'wardmesh_rpc_sockets', help: 'Open WebSockets' }),
    subscriptions: gauge(registry, { name: 'wardmesh_rpc_subscriptions', help: 'Open subscriptions' }),
    cut: counter(registry, {
      name: 'wardmesh_rpc_sockets_cut_total',
      help: 'WebSockets cut by the server',
      labels: ['reason'],
    }),
  };
}
