// Grave acts need the second factor shown again: asks for it when the node says so, then does the act.
import { createContext, lazy, type ReactNode, Suspense, useCallback, useContext, useRef, useState } from 'react';
import { RpcError } from '../../../rpc/client.ts';
import type { Result } from '../../../rpc/schema/methods.ts';
import { CANCELLED } from '../form/use-action.ts';
import { useNode } from '../node/node-context.tsx';

const AskFactor = lazy(async () => ({ default: (await import('./ask-factor.tsx')).AskFactor }));

type Fresh = <T>(act: () => Promise<T>) => Promise<T>;

const FreshContext = createContext<Fresh>((act) => act());

/** Runs an act; where the node wants the second factor first, asks for it and runs the act again. */
export function useFreshFactor(): Fresh {
  return useContext(FreshContext);
}

export function FreshFactorProvider({ children }: { children: ReactNode }) {
  const { client } = useNode();
  const [started, setStarted] = useState<Result<'session_confirmStart'>>();
  const answer = useRef<(shown: boolean) => void>(undefined);
  const ask = useCallback(async () => {
    setStarted(await client.call('session_confirmStart'));
    const shown = await new Promise<boolean>((resolve) => {
      answer.current = resolve;
    });
    setStarted(undefined);
    if (!shown) throw new RpcError({ code: CANCELLED, number: 0, details: {} });
  }, [client]);
  const fresh: Fresh = useCallback(
    async (act) => {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof RpcError && error.code === 'session.factor-needed')) throw error;
        await ask();
        return act();
      }
    },
    [ask],
  );
  return (
    <FreshContext value={fresh}>
      {children}
      {started === undefined ? null : (
        <Suspense>
          <AskFactor started={started} onAnswer={(shown) => answer.current?.(shown)} />
        </Suspense>
      )}
    </FreshContext>
  );
}
