// audit_*: the record of accesses at the doors. Whoever reads about a patient here is written down like any other reader.
import { fromHex, toHex } from '../../common/bytes.ts';
import { handleOf } from '../../identity/patient/pid.ts';
import type { AccessAction } from '../../records/audit/event.ts';
import { fhirAuditEvent } from '../../records/audit/fhir-audit-event.ts';
import { encodeLeafProof } from '../../records/audit/leaf-proof.ts';
import type { Principal } from '../../rpc/access/principal.ts';
import { rolesOf } from '../../rpc/access/principal.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { AccessArea, AuditEventView } from '../../rpc/schema/audit.ts';
import type { ClinicAccessEvents, EventFilter, RecordedEvent } from '../audit/access-events.ts';
import type { Anchors } from '../audit/anchors.ts';
import { AuditError } from '../audit/errors.ts';
import type { TicketWatch } from '../audit/ticket-watch.ts';
import type { Patients } from '../patients/patients.ts';
import { type KnownPeople, nameOfAccount } from './account-names.ts';
import type { Views } from './views.ts';

export type AuditHandlers = Pick<Handlers, 'audit_events' | 'audit_proof' | 'audit_disclosures' | 'audit_status'>;

export interface AuditServiceModules {
  readonly events: ClinicAccessEvents;
  readonly anchors: Pick<Anchors, 'prove' | 'anchoredTo'>;
  readonly watch: Pick<TicketWatch, 'findings' | 'waitingCount'>;
  readonly patients: Pick<Patients, 'find'>;
  readonly people: KnownPeople;
  readonly views: Pick<Views, 'clinicName'>;
}

/** Findings that are shown. */
const MAX_FINDINGS = 100;
const NOBODY = new Uint8Array(32);
/** Something of the patient left the custody of whoever keeps it. */
const DISCLOSURES: readonly AccessAction[] = ['list', 'read', 'blob', 'emergency-open', 'emergency-help'];
const OF_AREA: Readonly<Record<AccessArea, readonly AccessAction[]>> = {
  writing: ['write', 'amend'],
  reading: ['list', 'read', 'blob'],
  sharing: ['grant', 'deny', 'revoke', 'request', 'represent', 'represent-end'],
  emergency: ['emergency-open', 'emergency-help', 'emergency-close', 'emergency-review'],
  erasing: ['erase'],
  log: ['log-read'],
};

export function auditService(
  { clinic }: { readonly clinic: number },
  { events, anchors, watch, patients, people, views }: AuditServiceModules,
): AuditHandlers {
  /** Before anything is shown. Without a patient it is about all: the zero handle. */
  const note = (principal: Principal, handle: Uint8Array | undefined) =>
    events.append({
      action: 'log-read',
      outcome: 'permitted',
      reason: 'role',
      reader: { account: accountOf(principal), roles: rolesOf(principal), clinic },
      handle: handle ?? NOBODY,
      writer: clinic,
      purpose: 'HOPERAT',
      grant: undefined,
      records: [],
    });
  return {
    audit_events: async ({ patient, country, type, account, area, outcome, from, to, limit, after }, { principal }) => {
      const found = patient === undefined ? undefined : await patients.find(patient, country, type);
      const handle = found && handleOf(found.pid);
      await note(principal, handle);
      const actions = area && OF_AREA[area];
      const page = await events.list(filterOf({ handle, account, actions, outcome, from, to }), limit, after);
      return { events: page.events.map((one) => viewOf(one)), next: page.next };
    },

    audit_proof: async ({ event }, { principal }) => {
      const kept = await events.get(event);
      if (kept === undefined) throw new AuditError({ code: 'audit.unknown-event', event });
      await note(principal, kept.handle);
      const proof = await anchors.prove(event);
      if (proof === undefined) throw new AuditError({ code: 'audit.not-anchored', event });
      const { first, count, statement } = proof;
      return { clinic, first, count, statement: toHex(statement), proof: toHex(encodeLeafProof(proof)) };
    },

    audit_disclosures: async ({ patient, country, type, from, to, limit, after }, { principal }) => {
      const { pid } = await patients.find(patient, country, type);
      const handle = handleOf(pid);
      await note(principal, handle);
      const filter = filterOf({ handle, outcome: 'permitted', actions: DISCLOSURES, from, to });
      const page = await events.list(filter, limit, after);
      const lines = page.events.map((one) => JSON.stringify(disclosure(one, pid)));
      return { ndjson: lines.map((line) => `${line}\n`).join(''), lines: lines.length, next: page.next };
    },

    audit_status: async () => ({
      anchored: anchors.anchoredTo,
      events: events.settledBefore - 1,
      awaited: watch.waitingCount,
      findings: (await watch.findings(MAX_FINDINGS)).flatMap(({ ticket, serving, served, state }) =>
        state === 'waiting'
          ? []
          : [{ ticket: toHex(ticket), clinic: serving, clinicName: views.clinicName(serving), served, state }],
      ),
    }),
  };

  function viewOf({ event, records }: RecordedEvent): AuditEventView {
    const { number, time, action, outcome, reason, account, roles, clinic: at, writer, purpose } = event;
    return {
      ...{ number, time, action, outcome, reason, roles: [...roles], clinic: at, writer, purpose },
      ...{
        account: hexOf(account),
        application: hexOf(event.application),
        who: nameOfAccount(people, hexOf(account)),
        grant: hexOf(event.grant),
        ticket: hexOf(event.ticket),
      },
      ...{ clinicName: views.clinicName(at), records: records.map(toHex), anchored: number <= anchors.anchoredTo },
    };
  }

  function disclosure({ event, records }: RecordedEvent, pid: string): Record<string, unknown> {
    const name = (number: number): string => views.clinicName(number) ?? `clinic ${number}`;
    return fhirAuditEvent(event, {
      observer: name(clinic),
      reader: name(event.clinic),
      patient: pid,
      records: records.map(toHex),
    });
  }
}

/** What was not said is left out. */
function filterOf(given: { readonly [K in keyof EventFilter]: EventFilter[K] | undefined }): EventFilter {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function accountOf(principal: Principal): Uint8Array {
  const account = principal.kind === 'session' ? principal.session.account : null;
  return account === null ? NOBODY : fromHex(account);
}

function hexOf(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : toHex(bytes);
}
