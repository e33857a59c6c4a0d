// Patients at this clinic: from documents and FHIR resources to identifiers, registrations and what the chain knows.
// Owns the decision what needs a registration; identifiers are identity/, resources records/, rules consensus/.

import { demographicsOf } from '../../care/fhir/demographics.ts';
import { parseJson } from '../../care/fhir/json.ts';
import { readPatient } from '../../care/fhir/patient.ts';
import { cardOf } from '../../care/fhir/patient-card.ts';
import type { FhirPatient } from '../../care/fhir/patient-schema.ts';
import type { Skip, SkipCode } from '../../care/fhir/skip.ts';
import { toHex } from '../../common/bytes.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { codeOf } from '../../common/errors.ts';
import { Serial } from '../../common/serial.ts';
import { PATIENTS_REGISTER } from '../../consensus/ledger/kinds.ts';
import { NO_OBJECT } from '../../consensus/ledger/objects.ts';
import { decodePatientClinicRow, decodePatientRow, type PatientRow } from '../../consensus/ledger/patients/rows.ts';
import { encodeRegister, HANDLE_BYTES } from '../../consensus/ledger/patients/types.ts';
import { decodeStatement } from '../../consensus/ledger/statement.ts';
import { patientClinicKey, patientKey } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { type IdentityDocument, normaliseDocument, type TypedDocument } from '../../identity/patient/document.ts';
import { documentsOf } from '../../identity/patient/fhir-documents.ts';
import type { PatientIdentifiers } from '../../identity/patient/patient-identifiers.ts';
import { handleOf, isProvisional, looksLikePid, type Pid, parsePid } from '../../identity/patient/pid.ts';
import type { ResourceStore } from '../../records/resource-store.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { Provisionals } from '../identifiers/provisionals.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { OutboxRecord } from '../outbox/record.ts';
import type { ChainStore } from '../store/ports.ts';
import type { Directory } from './directory.ts';
import { bareEntry, type DirectoryEntry, entryText } from './directory-entry.ts';
import { type PatientClinic, patientClinics } from './patient-clinics.ts';
import type { PatientLinks } from './patient-links.ts';
import { looksLikeRef, type PatientRefs } from './patient-refs.ts';
import type { Suggestions } from './suggestions.ts';

export interface PatientsOptions {
  readonly clinic: ClinicNumber;
  /** The network's defaults for numbers typed without them. */
  readonly country: string;
  readonly idType: string;
}

export interface PatientsModules {
  readonly identifiers: PatientIdentifiers;
  readonly provisionals: Provisionals;
  readonly links: PatientLinks;
  readonly suggestions: Pick<Suggestions, 'add'>;
  readonly directory: Pick<Directory, 'keep' | 'note' | 'rename'>;
  readonly refs: Pick<PatientRefs, 'pidOf'>;
  readonly resources: ResourceStore;
  readonly store: ChainStore;
  readonly outbox: Outbox;
  readonly author: ClinicAuthor;
}

/** What became of one patient that was given in. */
export interface PatientAnswer {
  readonly outcome: 'registered' | 'known' | 'ignored' | 'skipped';
  readonly pid: Pid | undefined;
  /** The statement that registers or attaches, when one was made or waits. */
  readonly statement: Uint8Array | undefined;
  readonly code: string | undefined;
  readonly reason: string | undefined;
}

export interface FoundPatient {
  readonly pid: Pid;
  readonly row: PatientRow | undefined;
  /** The statement that waits in the outbox, when the chain knows nothing yet. */
  readonly pending: Uint8Array | undefined;
  /** What was typed, when it was a number. */
  readonly document?: IdentityDocument;
  /** Every clinic that is or was attached, the registering one first. */
  readonly clinics: readonly PatientClinic[];
}

/** The text of a FHIR resource, or a document by itself. */
export type PatientInput = { readonly text: string } | { readonly document: TypedDocument };

interface Candidate {
  readonly index: number;
  readonly document: IdentityDocument;
  readonly resource: { readonly id: string; readonly bytes: Uint8Array; readonly patient: FhirPatient } | undefined;
}

interface Identified extends Candidate {
  readonly pid: Pid;
  readonly handle: Uint8Array;
}

const SKIPS: Readonly<Record<SkipCode, string>> = {
  'fhir.json': 'the resource is not JSON',
  'fhir.too-large': 'the resource is too large',
  'fhir.too-deep': 'the resource is nested too deeply',
  'fhir.key': 'the resource has a key that no FHIR resource has',
  'fhir.not-a-resource': 'this is no FHIR resource',
  'fhir.invalid': 'the Patient is not valid FHIR R4',
  'fhir.no-identity': 'the Patient has no accepted identity number',
};

const UNKNOWN = 'no clinic has registered this patient';
/** Far more than stand in blocks that may still be undone. */
const TAKEN = 10_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class Patients {
  private readonly options: PatientsOptions;
  private readonly modules: PatientsModules;
  /** Handles whose registration waits in the outbox: statement id by handle. */
  private readonly pending = new Map<string, Uint8Array>();
  /** The latest that blocks took in: while one block takes the place of another, the chain says nothing of them. */
  private readonly taken = new BoundedMap<string, Uint8Array>({ maxEntries: TAKEN });
  private readonly serial = new Serial();

  constructor(options: PatientsOptions, modules: PatientsModules) {
    this.options = options;
    this.modules = modules;
  }

  /** After the outbox has loaded. */
  start(): void {
    const { outbox } = this.modules;
    for (const record of outbox.list()) if (record.state !== 'done') this.remember(record.id, record.statement);
    outbox.onChange((record) => {
      if (record.state === 'done') this.forget(record);
      else this.remember(record.id, record.statement);
    });
  }

  /** Registers who is new, keeps the resources here; one answer per input, in order. Safe on disk when it resolves. */
  async register(inputs: readonly PatientInput[]): Promise<PatientAnswer[]> {
    const answers = new Array<PatientAnswer>(inputs.length);
    const candidates: Candidate[] = [];
    for (const [index, input] of inputs.entries()) {
      const read = this.read(input);
      if ('outcome' in read) answers[index] = read;
      else candidates.push({ index, ...read });
    }
    const pids = await this.identify(candidates.map(({ document }) => document));
    const identified = candidates.map((candidate, i) => ({ ...candidate, pid: pids[i], handle: handleOf(pids[i]) }));
    const { resources, suggestions, directory } = this.modules;
    for (const { pid, resource } of identified) {
      if (resource === undefined) continue;
      const { id, bytes, patient } = resource;
      const { created } = await resources.put({ pid, type: 'Patient', id, bytes });
      if (created) await suggestions.add(pid, demographicsOf(patient));
    }
    await directory.keep(identified.filter(({ resource }) => resource !== undefined).map(entryOf));
    for (const one of identified) if (one.resource === undefined) await directory.note(entryOf(one));
    await this.serial.run(() => this.registerNew(identified, answers));
    return answers;
  }

  /** Attaches a patient here whom some clinic registered, known by identifier or reference. Safe on disk when it resolves. */
  async attach(text: string): Promise<PatientAnswer> {
    const { pid, row, pending } = await this.find(text, undefined, undefined);
    if (row === undefined && pending === undefined) return skipped('patient.unknown', UNKNOWN);
    const answers: PatientAnswer[] = [];
    await this.serial.run(() => this.registerNew([{ index: 0, pid, handle: handleOf(pid) }], answers));
    await this.modules.directory.note(bareEntry(pid));
    return answers[0];
  }

  /** By identity number, PID or reference (patient-refs.ts). Throws IdentifierError when the text is none of them. */
  async find(text: string, country: string | undefined, type: string | undefined): Promise<FoundPatient> {
    const named = looksLikeRef(text) ? this.modules.refs.pidOf(text) : looksLikePid(text) ? parsePid(text) : undefined;
    const typed = this.typed(text, country, type);
    const pid = named === undefined ? await this.lookUp(typed) : await this.settled(named);
    const document = named === undefined ? normaliseDocument(typed) : undefined;
    const handle = handleOf(pid);
    // Before the chain is asked: what a block takes in meanwhile is in one of the two answers.
    const pending = this.pending.get(toHex(handle));
    const taken = this.taken.get(toHex(handle));
    const { store } = this.modules;
    const [[bytes], clinics] = await Promise.all([store.states([patientKey(handle)]), patientClinics(store, handle)]);
    const row = bytes === undefined ? undefined : decodePatientRow(bytes);
    clinics.sort((a, b) => Number(b.clinic === row?.clinic) - Number(a.clinic === row?.clinic) || a.clinic - b.clinic);
    const undone = clinics.some(({ clinic }) => clinic === this.options.clinic) ? undefined : taken;
    return { pid, row, pending: pending ?? undone, document, clinics };
  }

  /**
   * The PID of a patient whose identifier was provisional is known: what was kept goes with it, and the chain is told that
   * both are one person. May be done again after a crash.
   */
  async adopt(provisional: Pid, pid: Pid): Promise<void> {
    const { resources, suggestions, links, provisionals, directory } = this.modules;
    for await (const { type, id, bytes } of resources.list(provisional)) {
      await resources.put({ pid, type, id, bytes });
      const parsed = type === 'Patient' ? parseJson(decoder.decode(bytes)) : undefined;
      // It was read as a Patient before it was kept.
      if (parsed !== undefined && 'json' in parsed)
        await suggestions.add(pid, demographicsOf(parsed.json as FhirPatient));
    }
    await directory.rename(provisional, pid);
    await links.link(handleOf(provisional), handleOf(pid));
    await provisionals.resolve(provisional, pid);
  }

  /** Where too few clinics can be reached, who is new here gets an identifier for the time being. */
  private async identify(documents: readonly IdentityDocument[]): Promise<readonly Pid[]> {
    const { identifiers, provisionals } = this.modules;
    try {
      return await identifiers.pidsOf(documents);
    } catch (error) {
      if (codeOf(error) !== 'identifier.unreachable') throw error;
    }
    const pids: Pid[] = [];
    for (const document of documents) {
      pids.push((await identifiers.knownPid(document)) ?? (await provisionals.give(document)));
    }
    return pids;
  }

  private async lookUp(typed: TypedDocument): Promise<Pid> {
    const { identifiers, provisionals } = this.modules;
    try {
      return await identifiers.pidOf(typed);
    } catch (error) {
      const given = codeOf(error) === 'identifier.unreachable' && (await provisionals.find(normaliseDocument(typed)));
      if (!given) throw error;
      return given;
    }
  }

  private async settled(pid: Pid): Promise<Pid> {
    return isProvisional(pid) ? ((await this.modules.provisionals.pidOf(pid)) ?? pid) : pid;
  }

  private read(input: PatientInput): PatientAnswer | Omit<Candidate, 'index'> {
    if ('document' in input) {
      try {
        return { document: normaliseDocument(input.document), resource: undefined };
      } catch (error) {
        const code = codeOf(error);
        if (code === undefined) throw error;
        return skipped(code, (error as Error).message);
      }
    }
    const parsed = parseJson(input.text);
    if ('skip' in parsed) return skipped(parsed.skip.code, describeSkip(parsed.skip));
    const reading = readPatient(parsed.json, (identifiers) => documentsOf(identifiers, this.options.country));
    if (reading.kind === 'skipped') return skipped(reading.skip.code, describeSkip(reading.skip));
    if (reading.kind === 'other') {
      return { outcome: 'ignored', pid: undefined, statement: undefined, code: undefined, reason: undefined };
    }
    const [document] = reading.identifiers;
    const bytes = encoder.encode(input.text);
    // A resource without an id is its patient's only one of that kind here.
    return { document, resource: { id: reading.resource.id ?? 'imported', bytes, patient: reading.resource } };
  }

  private async registerNew(
    identified: readonly Pick<Identified, 'index' | 'pid' | 'handle'>[],
    answers: PatientAnswer[],
  ): Promise<void> {
    const { store, outbox, author } = this.modules;
    const keys = identified.flatMap(({ handle }) => [
      patientKey(handle),
      patientClinicKey(handle, this.options.clinic),
    ]);
    const rows = await store.states(keys);
    const fresh = new Map<string, Uint8Array>();
    const outcomes = identified.map(({ handle }, i): 'registered' | 'known' => {
      const registered = rows[2 * i] !== undefined;
      const own = rows[2 * i + 1];
      const key = toHex(handle);
      const attached = own !== undefined && decodePatientClinicRow(own).attached;
      if (attached || this.pending.has(key) || fresh.has(key)) return 'known';
      fresh.set(key, handle);
      return registered ? 'known' : 'registered';
    });
    if (fresh.size > 0) {
      const payload = encodeRegister([...fresh.values()]);
      const statement = author.make({ kind: PATIENTS_REGISTER, object: NO_OBJECT, version: 0, payload });
      await outbox.submit([statement]);
      for (const key of fresh.keys()) this.pending.set(key, statement.id);
    }
    for (const [i, { index, pid, handle }] of identified.entries()) {
      const statement = this.pending.get(toHex(handle));
      answers[index] = { outcome: outcomes[i], pid, statement, code: undefined, reason: undefined };
    }
  }

  private typed(number: string, country: string | undefined, type: string | undefined): TypedDocument {
    return { number, country: country ?? this.options.country, type: type ?? this.options.idType };
  }

  private remember(id: Uint8Array, bytes: Uint8Array): void {
    for (const handle of handlesOf(bytes)) this.pending.set(handle, id);
  }

  private forget({ id, statement, outcome }: OutboxRecord): void {
    for (const [index, handle] of handlesOf(statement).entries()) {
      const waiting = this.pending.get(handle);
      if (waiting !== undefined && toHex(waiting) === toHex(id)) this.pending.delete(handle);
      const ended = outcome?.entries[index] ?? outcome;
      if (ended?.status !== 'refused') this.taken.set(handle, id);
    }
  }
}

/** What is shown of a patient before a record is opened. */
function entryOf({ pid, document, resource }: Identified): DirectoryEntry {
  const { family, given, title, birthDate, sex } = resource === undefined ? bareEntry(pid) : cardOf(resource.patient);
  return {
    ...{ pid, birthDate, sex, family: entryText(family), given: entryText(given), title: entryText(title) },
    ...{ type: entryText(document.type), number: entryText(document.number) },
  };
}

/** A sentence without any value of the resource. */
function describeSkip({ code, path, reasons }: Skip): string {
  const detail = path ?? reasons?.join(', ');
  return `${SKIPS[code]}${detail === undefined || detail === '' ? '' : ` (${detail})`}`;
}

function skipped(code: string, reason: string): PatientAnswer {
  return { outcome: 'skipped', pid: undefined, statement: undefined, code, reason };
}

function handlesOf(bytes: Uint8Array): string[] {
  const { kind, payload } = decodeStatement(bytes);
  if (kind !== PATIENTS_REGISTER) return [];
  const handles: string[] = [];
  for (let at = 0; at < payload.length; at += HANDLE_BYTES)
    handles.push(toHex(payload.subarray(at, at + HANDLE_BYTES)));
  return handles;
}
