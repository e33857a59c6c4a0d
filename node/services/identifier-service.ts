// identifier_*, patient_suggestions and what is decided about them. Decisions are node/patients; this is their form.
import { fromHex, parseHex, toHex } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import { pairOf } from '../../consensus/ledger/patients/links/types.ts';
import { HANDLE_BYTES } from '../../consensus/ledger/patients/types.ts';
import { LINK_KINDS } from '../../identity/patient/link-tokens.ts';
import { handleOf } from '../../identity/patient/pid.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { identifierMethods, SuggestionView } from '../../rpc/schema/identifier.ts';
import type { Shares } from '../ceremony/shares.ts';
import type { Identifiers } from '../identifiers/assemble.ts';
import type { Provisionals } from '../identifiers/provisionals.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { PatientLinks } from '../patients/patient-links.ts';
import type { Patients } from '../patients/patients.ts';
import type { Suggestion, SuggestionStore } from '../patients/suggestion-store.ts';
import { ServiceError } from './errors.ts';
import type { Views } from './views.ts';

export type IdentifierHandlers = Pick<Handlers, keyof typeof identifierMethods>;

export interface IdentifierServiceModules {
  readonly identifiers: Identifiers;
  readonly shares: Pick<Shares, 'current'>;
  readonly members: Pick<MemberSets, 'current'>;
  readonly provisionals: Provisionals;
  readonly patients: Patients;
  readonly links: PatientLinks;
  readonly found: SuggestionStore;
  readonly views: Views;
}

type Pair = Parameters<IdentifierHandlers['patient_link']>[0];

export function identifierService(modules: IdentifierServiceModules): IdentifierHandlers {
  const { identifiers, shares, members, provisionals, patients, links, found, views } = modules;

  return {
    identifier_status: async () => {
      const key = shares.current('identifier');
      let provisional = 0;
      for await (const _ of provisionals.waiting()) provisional++;
      return {
        mode: identifiers.mode,
        generation: key?.generation ?? null,
        threshold: key?.threshold ?? null,
        holders: (key?.holders ?? []).map(({ clinic }) => clinic),
        reachable: identifiers.reachable(),
        provisional,
        quotas: await identifiers.quotas.list(),
      };
    },

    identifier_grant: async ({ clinic, use, count }) => {
      if (members.current.clinic(clinic) === undefined) {
        throw new ServiceError({ code: 'member.unknown', number: clinic });
      }
      return { granted: await identifiers.quotas.grant(clinic, use, count) };
    },

    patient_suggestions: async ({ limit, after, all }) => {
      const shown: SuggestionView[] = [];
      let last = after === undefined ? undefined : fromHex(after);
      for (;;) {
        const page = await found.suggestions(last, limit);
        for (const one of page) {
          last = one.id;
          const view = await viewOf(one);
          if (all || view.state === 'open') shown.push(view);
          if (shown.length === limit) return { suggestions: shown, next: toHex(last) };
        }
        if (page.length < limit) return { suggestions: shown, next: null };
      }
    },

    patient_link: async (pair) => {
      const [one, other] = await handlesOf(pair);
      return { statement: hexOf(await links.link(one, other)) };
    },

    patient_unlink: async (pair) => {
      const [one, other] = await handlesOf(pair);
      return { statement: hexOf(await links.unlink(one, other)) };
    },

    patient_dismiss: async ({ suggestion }) => {
      const known = await found.suggestion(fromHex(suggestion));
      if (known === undefined) throw new ServiceError({ code: 'patient.unknown-suggestion' });
      await found.dismiss(known);
      return {};
    },
  };

  async function viewOf({ id, own, other, clinic, kinds, since, dismissed }: Suggestion): Promise<SuggestionView> {
    const linked = (await links.linked(pairOf(own, other))) !== undefined;
    return {
      id: toHex(id),
      pid: (await found.pidOf(own)) ?? null,
      handle: toHex(own),
      other: toHex(other),
      otherPid: (await found.pidOf(other)) ?? null,
      clinic,
      clinicName: views.clinicName(clinic),
      reasons: LINK_KINDS.filter((_, bit) => (kinds & (1 << bit)) !== 0),
      since,
      state: linked ? 'linked' : dismissed ? 'dismissed' : 'open',
    };
  }

  async function handlesOf({ patient, country, type, other }: Pair): Promise<[Uint8Array, Uint8Array]> {
    const one = handleOf((await patients.find(patient, country, type)).pid);
    const bytes = parseHex(other.toLowerCase());
    const second =
      bytes?.length === HANDLE_BYTES ? bytes : handleOf((await patients.find(other, undefined, undefined)).pid);
    try {
      return [...pairOf(one, second)];
    } catch (error) {
      if (codeOf(error) === 'codec.value') throw new ServiceError({ code: 'patient.same' });
      throw error;
    }
  }
}

function hexOf(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : toHex(bytes);
}
