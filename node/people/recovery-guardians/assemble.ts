// Joins the parts of recoveries by trusted people, over one view of them in memory.
import { GuardedVaults, type GuardedVaultsModules } from './guarded-vaults.ts';
import { RecoveryIndex } from './recovery-index.ts';
import { RecoveryRequests, type RecoveryRequestsModules } from './recovery-requests.ts';
import { RecoveryViews } from './recovery-views.ts';

export interface RecoveryGuardians {
  readonly index: RecoveryIndex;
  readonly vaults: GuardedVaults;
  readonly requests: RecoveryRequests;
  readonly views: RecoveryViews;
}

type Modules = Omit<GuardedVaultsModules & RecoveryRequestsModules, 'recoveries'>;

export function recoveryGuardians(options: { readonly genesisId: Uint8Array }, given: Modules): RecoveryGuardians {
  const index = new RecoveryIndex();
  given.store.onChange((parts) => {
    for (const part of parts) index.take(part);
  });
  const modules = { ...given, recoveries: index };
  const vaults = new GuardedVaults(options, modules);
  return { index, vaults, requests: new RecoveryRequests(modules), views: new RecoveryViews({ ...modules, vaults }) };
}
