// patient_search, patient_card, patient_named: finding patients at the doors. What is kept of them and what branches say is
// node/patients; here entries get a reference and the clinics that the chain knows.
import { equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import { handleOf, isProvisional, type Pid } from '../../identity/patient/pid.ts';
import type { CallContext, Handlers } from '../../rpc/ports.ts';
import type { PatientCardView, patientSearchMethods } from '../../rpc/schema/patient-search.ts';
import type { BranchSearch } from '../patients/branch-search.ts';
import { type Directory, MAX_FOUND } from '../patients/directory.ts';
import { bareEntry, type DirectoryEntry, hasName } from '../patients/directory-entry.ts';
import type { PatientRefs } from '../patients/patient-refs.ts';
import type { FoundPatient, Patients } from '../patients/patients.ts';
import { personOf } from './chart-patients.ts';

export type FindHandlers = Pick<Handlers, keyof typeof patientSearchMethods>;

export interface FindServiceModules {
  readonly patients: Pick<Patients, 'find'>;
  readonly directory: Pick<Directory, 'get' | 'note' | 'byHandle' | 'search'>;
  readonly branches: Pick<BranchSearch, 'ask'>;
  readonly refs: Pick<PatientRefs, 'of'>;
}

/** What is known of a patient, and which clinic says so. */
interface Said {
  readonly entry: DirectoryEntry;
  readonly from: number | undefined;
}

export function findService(
  { clinic }: { readonly clinic: number },
  { patients, directory, branches, refs }: FindServiceModules,
): FindHandlers {
  return {
    patient_search: async ({ patient, country, type, name = '', birthDate = '' }, context) => {
      if (patient !== undefined) {
        const found = await patients.find(patient, country, type);
        const { document } = found;
        // Of whom this clinic holds: whoever typed the number has it, and pages show it from then on.
        if (document !== undefined && isHere(found)) {
          await directory.note({ ...bareEntry(found.pid), type: document.type, number: document.number });
        }
        const { said, silent } = await sayingOf(found.pid, context);
        const known = found.row !== undefined || found.pending !== undefined || said.from !== undefined;
        return { patients: known ? [cardOf(said, found)] : [], more: false, silent };
      }
      const sought = { name: name.normalize('NFC'), birthDate };
      const [own, { found, silent }] = await Promise.all([
        directory.search(sought),
        branches.ask(personOf(context), sought, context.signal),
      ]);
      const all = new Map<Pid, Said>();
      // This clinic's own word comes first.
      for (const { clinic: from, entries } of [{ clinic, entries: own.entries }, ...found]) {
        for (const entry of entries) if (!all.has(entry.pid)) all.set(entry.pid, { entry, from });
      }
      const shown = [...all.values()].slice(0, 2 * MAX_FOUND);
      const cards = await Promise.all(shown.map(async (said) => cardOf(said, await chainOf(said.entry.pid))));
      const more = own.more || found.some((answer) => answer.more) || shown.length < all.size;
      return { patients: cards, more, silent: [...silent] };
    },

    patient_card: async ({ patient, country, type }, context) => {
      const found = await patients.find(patient, country, type);
      const { said } = await sayingOf(found.pid, context);
      // Whoever is dealt with here is found again by what stands on the chain.
      await directory.note(bareEntry(found.pid));
      return cardOf(said, found);
    },

    patient_named: async ({ handles }) => {
      const entries = await Promise.all(handles.map((handle) => directory.byHandle(fromHex(handle))));
      const cards = entries.map(async (entry) =>
        entry === undefined ? null : cardOf({ entry, from: sourceOf(entry) }, await chainOf(entry.pid)),
      );
      return { patients: await Promise.all(cards) };
    },
  };

  function chainOf(pid: Pid): Promise<FoundPatient> {
    return patients.find(pid, undefined, undefined);
  }

  function sourceOf(entry: DirectoryEntry): number | undefined {
    return hasName(entry) || entry.number !== '' ? clinic : undefined;
  }

  /** A name from here, else from a branch; else what there is. */
  async function sayingOf(pid: Pid, context: CallContext): Promise<{ said: Said; silent: number[] }> {
    const own = (await directory.get(pid)) ?? bareEntry(pid);
    if (hasName(own)) return { said: { entry: own, from: clinic }, silent: [] };
    const handle = handleOf(pid);
    const { found, silent } = await branches.ask(personOf(context), { handle }, context.signal);
    const told = found.flatMap(({ clinic: from, entries }) => entries.map((entry) => ({ entry, from })));
    const said = told.find(({ entry }) => equalBytes(handleOf(entry.pid), handle));
    return { said: said ?? { entry: own, from: sourceOf(own) }, silent: [...silent] };
  }

  function isHere({ clinics, pending }: FoundPatient): boolean {
    return pending !== undefined || clinics.some((one) => one.attached && one.clinic === clinic);
  }

  function cardOf({ entry, from }: Said, found: FoundPatient): PatientCardView {
    const { family, given, title, birthDate, sex, type, number } = entry;
    const clinics = found.clinics.filter(({ attached }) => attached).map((one) => one.clinic);
    return {
      ...{
        ref: refs.of(found.pid),
        handle: toHex(handleOf(found.pid)),
        family,
        given,
        title,
        birthDate,
        sex,
        type,
        number,
      },
      ...{ from: from ?? null, clinics, provisional: isProvisional(found.pid) },
      here: isHere(found),
    };
  }
}
