// What applications by themselves write into charts of this clinic: all that one call brings, or nothing, and a refusal is
// written down like any other. Of people the doors say who writes.
import type { ClinicNumber, OrganisationNumber } from '../../consensus/ledger/types.ts';
import { ChartError } from './errors.ts';
import type { Judge } from './judge.ts';
import type { OwnRef } from './own-chart.ts';
import { type AccessLogPort, accessOf } from './ports.ts';
import type { Person } from './reading.ts';
import type { NewRecord } from './writing.ts';

export interface ApplicationWritingOptions {
  readonly clinic: ClinicNumber;
  readonly organisation: OrganisationNumber;
}

export interface ApplicationWritingModules {
  readonly judge: Judge;
  readonly log: AccessLogPort;
}

const ACTIONS = { write: 'c', amend: 'u' } as const;

export class ApplicationWriting {
  private readonly options: ApplicationWritingOptions;
  private readonly modules: ApplicationWritingModules;

  constructor(options: ApplicationWritingOptions, modules: ApplicationWritingModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Throws ChartError `record.refused`. Without records: what a person alone may say of a chart. */
  async demand(
    action: 'write' | 'amend',
    ref: OwnRef,
    person: Person,
    records: readonly Pick<NewRecord, 'category' | 'kind' | 'marks'>[],
  ): Promise<void> {
    if (person.application === undefined) return;
    const { judge, log } = this.modules;
    const reader = { ...person, ...this.options };
    const judged = await judge.aboutWriting({ ref, handle: ref.handle, reader }, ACTIONS[action]);
    const decisions = records.map(({ category, kind, marks }) =>
      judged({ category, kind, sections: marks?.sections ?? [] }),
    );
    const refused = decisions.find(({ permit }) => !permit);
    if (refused === undefined && decisions.length > 0) return;
    const reason = refused?.reason ?? 'role';
    const access = accessOf(this.options, person, ref.handle, 'TREAT');
    await log.append({ ...access, action, outcome: 'refused', reason, records: [] });
    throw new ChartError({ code: 'record.refused', reason });
  }
}
