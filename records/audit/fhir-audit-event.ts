// An access event as FHIR R4 AuditEvent, in the manner of IHE BALP: for the accounting of disclosures that a patient may ask
// for, and for tools that read such. Owns the mapping.
import { toHex } from '../../common/bytes.ts';
import type { AccessAction, AccessEvent } from './event.ts';

const SYSTEMS = {
  type: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
  interaction: 'http://hl7.org/fhir/restful-interaction',
  purpose: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  dicom: 'http://dicom.nema.org/resources/ontology/DCM',
  participation: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
  object: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
  role: 'http://terminology.hl7.org/CodeSystem/object-role',
  wardmesh: 'urn:wardmesh:access-action',
} as const;

/** Create, read, update, delete, execute. */
const LETTERS: Readonly<Record<AccessAction, 'C' | 'R' | 'U' | 'D' | 'E'>> = {
  write: 'C',
  amend: 'U',
  list: 'R',
  read: 'R',
  blob: 'R',
  grant: 'C',
  deny: 'C',
  revoke: 'D',
  request: 'C',
  'emergency-open': 'E',
  'emergency-help': 'E',
  'emergency-close': 'E',
  'emergency-review': 'E',
  erase: 'D',
  'log-read': 'R',
  represent: 'C',
  'represent-end': 'D',
};
const INTERACTIONS: Readonly<Record<'C' | 'R' | 'U' | 'D' | 'E', string>> = {
  C: 'create',
  R: 'read',
  U: 'update',
  D: 'delete',
  E: 'operation',
};

export interface DisclosureNames {
  /** The clinic that logged it. */
  readonly observer: string;
  /** Where the reader is. */
  readonly reader: string;
  /** As the patient is to be named: an identifier that whoever gets the file knows. */
  readonly patient: string;
  /** Ids of the records, as they stand beside the event. */
  readonly records: readonly string[];
}

/** JSON-safe. */
export function fhirAuditEvent(event: AccessEvent, names: DisclosureNames): Record<string, unknown> {
  const letter = LETTERS[event.action];
  const purpose =
    event.purpose === '' ? {} : { purposeOfEvent: [{ coding: [{ system: SYSTEMS.purpose, code: event.purpose }] }] };
  return {
    resourceType: 'AuditEvent',
    id: `access-${event.number}`,
    type: { system: SYSTEMS.type, code: 'rest', display: 'Restful Operation' },
    subtype: [
      { system: SYSTEMS.interaction, code: INTERACTIONS[letter] },
      { system: SYSTEMS.wardmesh, code: event.action },
    ],
    action: letter,
    recorded: new Date(event.time).toISOString(),
    outcome: event.outcome === 'permitted' ? '0' : '8',
    outcomeDesc: event.reason,
    ...purpose,
    agent: [reader(event, names), custodian(names)],
    source: { observer: { display: names.observer }, type: [{ system: SYSTEMS.type, code: 'rest' }] },
    entity: [
      {
        what: { identifier: { system: 'urn:wardmesh:pid', value: names.patient } },
        type: { system: SYSTEMS.object, code: '1', display: 'Person' },
        role: { system: SYSTEMS.role, code: '1', display: 'Patient' },
      },
      ...names.records.map((value) => entity('urn:wardmesh:record', value, '4', 'Domain Resource')),
      ...(event.grant === undefined ? [] : [entity('urn:wardmesh:consent', toHex(event.grant), '3', 'Report')]),
      ...(event.ticket === undefined ? [] : [entity('urn:wardmesh:ticket', toHex(event.ticket), '21', 'Job Stream')]),
    ],
  };
}

function reader(event: AccessEvent, names: DisclosureNames): Record<string, unknown> {
  const { account, application, clinic } = event;
  const kind = account === undefined && application !== undefined ? 'application' : 'account';
  const known = account ?? application;
  const value = known === undefined ? `clinic-${clinic}` : toHex(known);
  return {
    type: { coding: [{ system: SYSTEMS.participation, code: 'IRCP', display: 'information recipient' }] },
    role: event.roles.map((role) => ({ text: role })),
    who: { identifier: { system: `urn:wardmesh:${kind}`, value }, display: names.reader },
    requestor: true,
  };
}

function custodian(names: DisclosureNames): Record<string, unknown> {
  return {
    type: { coding: [{ system: SYSTEMS.dicom, code: '110153', display: 'Source Role ID' }] },
    who: { display: names.observer },
    requestor: false,
  };
}

function entity(system: string, value: string, role: string, display: string): Record<string, unknown> {
  return {
    what: { identifier: { system, value } },
    type: { system: SYSTEMS.object, code: '2', display: 'System Object' },
    role: { system: SYSTEMS.role, code: role, display },
  };
}
