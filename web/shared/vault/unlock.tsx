// Opens the vault when something needs it: asks for one of the ways that the vault has.
import { createContext, lazy, type ReactNode, Suspense, useCallback, useContext, useRef, useState } from 'react';
import type { VaultFile } from '../../../identity/vault/file.ts';
import type { OpenVault } from '../../../identity/vault/vault.ts';
import { RpcError } from '../../../rpc/client.ts';
import { CANCELLED } from '../form/use-action.ts';
import { useNode } from '../node/node-context.tsx';
import { useSessionModules } from '../session/session-context.tsx';

const AskVault = lazy(async () => ({ default: (await import('./open-form.tsx')).AskVault }));

export interface Unlocked {
  readonly open: OpenVault;
  /** Of the vault as the clinic keeps it. */
  readonly version: number;
}

const UnlockContext = createContext<() => Promise<Unlocked>>(() => Promise.reject(new Error('no vault here')));

/** The open vault as the clinic keeps it now; asks the person where this page has not opened it. */
export function useUnlock(): () => Promise<Unlocked> {
  return useContext(UnlockContext);
}

export function UnlockProvider({ children }: { children: ReactNode }) {
  const { client } = useNode();
  const { vaults } = useSessionModules();
  const [file, setFile] = useState<VaultFile>();
  const answer = useRef<(open: OpenVault | undefined) => void>(undefined);
  const unlock = useCallback(async () => {
    const { vault, version } = await client.call('account_vaultGet');
    if (vault === null) throw new RpcError({ code: 'vault.none', number: 0, details: {} });
    // The vault's code is loaded when there is a vault to open.
    const { exportVaultFile, parseVaultFile } = await import('../../../identity/vault/file.ts');
    const known = vaults.snapshot();
    if (known !== undefined && exportVaultFile(known.file) === vault) return { open: known, version };
    setFile(parseVaultFile(vault));
    const open = await new Promise<OpenVault | undefined>((resolve) => {
      answer.current = resolve;
    });
    setFile(undefined);
    if (open === undefined) throw new RpcError({ code: CANCELLED, number: 0, details: {} });
    vaults.keep(open);
    return { open, version };
  }, [client, vaults]);
  return (
    <UnlockContext value={unlock}>
      {children}
      {file === undefined ? null : (
        <Suspense>
          <AskVault file={file} onAnswer={(open) => answer.current?.(open)} />
        </Suspense>
      )}
    </UnlockContext>
  );
}
