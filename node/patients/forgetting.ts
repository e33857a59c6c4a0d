// What an erasure leaves nothing of beside the chart: resources that a patient was registered with, names for the search,
// tokens for the search of duplicates. The identifier stays, as the chain has it. Owns what there is to forget.
import type { Pid } from '../../identity/patient/pid.ts';
import type { ResourceStore } from '../../records/resource-store.ts';
import type { Provisionals } from '../identifiers/provisionals.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import type { Directory } from './directory.ts';
import type { SuggestionStore } from './suggestion-store.ts';

export interface ForgettingModules {
  readonly directory: Pick<Directory, 'byHandle' | 'forget'>;
  readonly resources: Pick<ResourceStore, 'forget'>;
  readonly provisionals: Pick<Provisionals, 'of'>;
  readonly found: Pick<SuggestionStore, 'pidOf' | 'drop'>;
  readonly database: Pick<LocalDatabase, 'compact'>;
}

export class Forgetting {
  private readonly modules: ForgettingModules;

  constructor(modules: ForgettingModules) {
    this.modules = modules;
  }

  /** When it resolves, no file of the clinical database holds any of it, and neither does its journal copy. */
  async forget(handle: Uint8Array): Promise<void> {
    const { directory, resources, provisionals, found, database } = this.modules;
    const pid: Pid | undefined = (await directory.byHandle(handle))?.pid ?? (await found.pidOf(handle));
    if (pid === undefined) return;
    for (const one of [pid, ...(await provisionals.of(pid))]) {
      await resources.forget(one);
      await directory.forget(one);
      await found.drop(one);
    }
    await database.compact();
  }
}
