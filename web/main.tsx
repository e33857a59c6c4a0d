// Starts the pages: one client of the node that served them, its live chain, the cache, the theme, the router.
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { systemClock } from '../common/clock.ts';
import { createClient, RpcError } from '../rpc/client.ts';
import { createPages } from './router.tsx';
import { LiveChain } from './shared/node/live-chain.ts';
import { NodeProvider } from './shared/node/node-context.tsx';
import './shared/theme/mantine.css';
import './shared/theme/tokens.css';
import { cssVariables, theme } from './shared/theme/theme.ts';
import { NodeClock } from './shared/time/node-clock.ts';
import { TimePreferencesProvider } from './shared/time/preferences.tsx';

const RETRIED = ['rpc.unreachable', 'rpc.timeout', 'rpc.rate-limited', 'rpc.busy', 'rpc.stopping'];

const client = createClient({ url: window.location.origin }, { fetch: (...request) => window.fetch(...request) });
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What changes is told by the live chain.
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      networkMode: 'always',
      retry: (failures, error) => failures < 3 && error instanceof RpcError && RETRIED.includes(error.code),
    },
  },
});
const nodeClock = new NodeClock(systemClock);
const live = new LiveChain({ client, queries, nodeClock, clock: systemClock });
const modules = { client, live, nodeClock };
const colorSchemes = localStorageColorSchemeManager({ key: 'wardmesh-color-scheme' });

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={colorSchemes}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={queries}>
        <TimePreferencesProvider>
          <NodeProvider modules={modules}>
            <RouterProvider router={createPages()} />
          </NodeProvider>
        </TimePreferencesProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
