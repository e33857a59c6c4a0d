// Hands pages their node: the typed client, the live chain, the node's clock.
import { createContext, type ReactNode, useContext, useEffect, useMemo, useSyncExternalStore } from 'react';
import type { RpcClient } from '../../../rpc/client.ts';
import type { HeadValue } from '../../../rpc/schema/subscription.ts';
import type { NodeClock } from '../time/node-clock.ts';
import type { LiveChain, LiveState } from './live-chain.ts';

export interface NodeModules {
  readonly client: RpcClient;
  readonly live: LiveChain;
  readonly nodeClock: NodeClock;
}

const NodeContext = createContext<NodeModules | undefined>(undefined);

export function NodeProvider({ modules, children }: { modules: NodeModules; children: ReactNode }) {
  useEffect(() => {
    modules.live.start();
    return () => modules.live.stop();
  }, [modules]);
  return <NodeContext value={modules}>{children}</NodeContext>;
}

/** The pages below call through another client of the same node. */
export function NodeClient({ client, children }: { client: RpcClient; children: ReactNode }) {
  const modules = useNode();
  const value = useMemo(() => ({ ...modules, client }), [modules, client]);
  return <NodeContext value={value}>{children}</NodeContext>;
}

export function useNode(): NodeModules {
  const modules = useContext(NodeContext);
  if (modules === undefined) throw new Error('no node above this component');
  return modules;
}

export function useLive(): LiveState {
  const { live } = useNode();
  return useSyncExternalStore(live.subscribe, live.snapshot);
}

/** Calls back with every new head. The listener must keep its identity. */
export function useHeads(listener: (value: HeadValue) => void): void {
  const { live } = useNode();
  useEffect(() => live.onHead(listener), [live, listener]);
}
