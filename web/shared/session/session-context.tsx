// Hands pages who is signed in, in which role they act, and the vault that is open in this page's memory.
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { Role } from '../../../consensus/ledger/accounts/types.ts';
import type { OpenVault } from '../../../identity/vault/vault.ts';
import type { SessionView } from '../../../rpc/schema/session.ts';
import type { VaultStore } from '../vault/vault-store.ts';
import type { SessionSnapshot, SessionState } from './session-state.ts';

export interface SessionModules {
  readonly sessions: SessionState;
  readonly vaults: VaultStore;
}

interface Acting {
  readonly role: Role | undefined;
  act(role: Role): void;
}

const ModulesContext = createContext<SessionModules | undefined>(undefined);
const ActingContext = createContext<Acting>({ role: undefined, act: () => undefined });

export function SessionProvider({ modules, children }: { modules: SessionModules; children: ReactNode }) {
  const { sessions } = modules;
  useEffect(() => {
    sessions.start();
    return () => sessions.stop();
  }, [sessions]);
  const { session, ended } = useSyncExternalStore(sessions.subscribe, sessions.snapshot);
  const [chosen, act] = useState<Role>();
  // A covered page stays that of the role in which the person was there.
  const roles = (session ?? ended)?.roles ?? [];
  const role = chosen !== undefined && roles.includes(chosen) ? chosen : roles[0];
  const acting = useMemo(() => ({ role, act }), [role]);
  return (
    <ModulesContext value={modules}>
      <ActingContext value={acting}>{children}</ActingContext>
    </ModulesContext>
  );
}

export function useSessionModules(): SessionModules {
  const modules = useContext(ModulesContext);
  if (modules === undefined) throw new Error('no session above this component');
  return modules;
}

export function useSession(): SessionSnapshot {
  const { sessions } = useSessionModules();
  return useSyncExternalStore(sessions.subscribe, sessions.snapshot);
}

/** On pages that the frame shows to signed-in people only; covered ones keep the person who was there. */
export function usePerson(): SessionView {
  const { session, ended } = useSession();
  const person = session ?? ended;
  if (person === undefined) throw new Error('this page needs a session');
  return person;
}

/** The role in which the person acts here; undefined without one at this clinic. */
export function useActing(): Acting {
  return useContext(ActingContext);
}

export function useVault(): OpenVault | undefined {
  const { vaults } = useSessionModules();
  return useSyncExternalStore(vaults.subscribe, vaults.snapshot);
}
