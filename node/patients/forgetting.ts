// What an erasure leaves nothing of beside the chart: resources that a patient was registered with, names for the search,
// tokens for the search of duplicates. The identifier stays, as the chain has it. Owns what there is to forget.
import { looksLikePid, type Pid, parsePid } from '../../identity/patient/pid.ts';
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

  /** As long as something here tells it: whoever forgets keeps it until it is done. */
  async pidOf(handle: Uint8Array): Promise<Pid | undefined> {
    const { directory, found } = this.modules;
    return (await directory.byHandle(handle))?.pid ?? (await found.pidOf(handle));
  }

  /**
   * When it resolves, no file of the clinical database holds any of it, and neither does its journal copy. May be done again
   * after a crash: what leads to the rest goes last, and the files are written anew though no row is left. `pid` may be empty.
   */
  async forget(handle: Uint8Array, pid: string): Promise<void> {
    const { directory, resources, provisionals, found, database } = this.modules;
    const named = looksLikePid(pid) ? parsePid(pid) : await this.pidOf(handle);
    if (named !== undefined) {
      // Those for the time being have copies of what became hers.
      const all = [...(await provisionals.of(named)), named];
      for (const one of all) await resources.forget(one);
      for (const one of all) {
        await found.drop(one);
        await directory.forget(one);
      }
    }
    await database.compact();
  }
}
