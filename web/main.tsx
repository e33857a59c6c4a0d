// Starts the pages: one client of the node that served them, its live chain, the session, the cache, the theme, the router.
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
import { Activity } from './shared/session/activity.ts';
import { FreshFactorProvider } from './shared/session/fresh-factor.tsx';
import { SessionProvider } from './shared/session/session-context.tsx';
import { SessionState, watchSession } from './shared/session/session-state.ts';
import './shared/text/i18n.ts';
import './shared/theme/mantine.css';
import './shared/theme/tokens.css';
import { cssVariables, theme } from './shared/theme/theme.ts';
import { NodeClock } from './shared/time/node-clock.ts';
import { TimePreferencesProvider } from './shared/time/preferences.tsx';
import { UnlockProvider } from './shared/vault/unlock.tsx';
import { VaultStore } from './shared/vault/vault-store.ts';

const RETRIED = ['rpc.unreachable', 'rpc.timeout', 'rpc.rate-limited', 'rpc.busy', 'rpc.stopping'];

const activity = new Activity(systemClock);
activity.watch(window);
const plainClient = createClient(
  { url: window.location.origin },
  { fetch: activity.fetching((...request) => window.fetch(...request)) },
);
const client = watchSession(plainClient, () => sessions.lost());
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
const vaults = new VaultStore();
const sessions = new SessionState({
  client,
  clock: systemClock,
  nodeClock,
  activity,
  lock: () => vaults.keep(undefined),
  forget: () => {
    vaults.keep(undefined);
    queries.clear();
  },
});
plainClient.onConnection((state) => {
  if (state === 'open') sessions.lost();
});
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
            <SessionProvider modules={{ sessions, vaults }}>
              <FreshFactorProvider>
                <UnlockProvider>
                  <RouterProvider router={createPages()} />
                </UnlockProvider>
              </FreshFactorProvider>
            </SessionProvider>
          </NodeProvider>
        </TimePreferencesProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
