// Sends what FHIR files hold of patients to a node: each person is registered, then everything of it goes into its chart here.
// Owns order, batches and counting; reading is care/fhir, the answers are the node's.
import { FhirImport, type ImportedResource, type PatientItem } from '../../care/fhir/import.ts';
import { documentsOf } from '../../identity/patient/fhir-documents.ts';
import type { RpcClient } from '../../rpc/client.ts';
import { MAX_RECORD_TEXT } from '../../rpc/schema/record.ts';
import type { ImportProgress, SkippedItem } from './progress.ts';
import { filesBelow, importItems, patientsOf } from './resources.ts';

export interface RecordImportSummary {
  patients: number;
  /** Records made. */
  imported: number;
  /** Held already, unchanged. */
  known: number;
  /** About no patient: organisations, places; kept in no chart. */
  shared: number;
  skippedTotal: number;
  /** The first of them. */
  skipped: SkippedItem[];
  interrupted?: true;
}

const BATCH = 64;
const BATCH_CHARACTERS = 512 * 1024;
/** Of all patients together: the lines of a bulk export go from one to the other. */
const HELD_CHARACTERS = 16 * 1024 * 1024;
/** Reported one by one; the rest is counted. */
const MAX_REPORTED = 1000;

interface Pending {
  readonly file: string;
  readonly line: number;
  readonly resource: ImportedResource;
}

/** Gives the counts and the statements to wait for. Once aborted, the batch on its way is the last one. */
export async function importRecords(
  client: RpcClient,
  path: string,
  country: string,
  progress: ImportProgress<RecordImportSummary>,
  signal: AbortSignal,
): Promise<{ summary: RecordImportSummary; statements: string[] }> {
  const summary: RecordImportSummary = { patients: 0, imported: 0, known: 0, shared: 0, skippedTotal: 0, skipped: [] };
  const statements = new Set<string>();
  const reader = new FhirImport({ documentsOf: (identifiers) => documentsOf(identifiers, country) });
  /** Of those read: the identifier that the node gave. */
  const pids = new Map<string, string>();
  const waiting = new Map<string, { pending: Pending[]; characters: number }>();
  let held = 0;

  const skip = (file: string, line: number, reason: string): void => {
    summary.skippedTotal++;
    if (summary.skipped.length < MAX_REPORTED) summary.skipped.push({ file, line, reason });
  };
  /** One batch is on its way while the next is read. */
  let sending: Promise<void> = Promise.resolve();
  const send = async (pid: string, pending: readonly Pending[]): Promise<void> => {
    const resources = pending.map(({ resource }) => resource.text);
    const answer = await client.call('record_import', { patient: pid, resources });
    for (const [index, item] of answer.items.entries()) {
      const { file, line } = pending[index];
      if (item.outcome === 'skipped') skip(file, line, item.code ?? 'skipped');
      else summary[item.outcome]++;
    }
    for (const statement of answer.statements) statements.add(statement);
    progress.counted(summary);
  };
  const flush = async (patient: string): Promise<void> => {
    const batch = waiting.get(patient);
    const pid = pids.get(patient);
    if (batch === undefined || pid === undefined) return;
    waiting.delete(patient);
    held -= batch.characters;
    await sending;
    sending = send(pid, batch.pending);
    // Thrown to whoever awaits it next.
    sending.catch(() => undefined);
  };
  const register = async (file: string, item: PatientItem): Promise<void> => {
    const { items } = await client.call('patient_import', {
      resources: [{ line: item.line, text: item.resource.text }],
    });
    const [{ pid, statement, reason, code }] = items;
    if (statement !== null) statements.add(statement);
    if (pid === null) return skip(file, item.line, reason ?? code ?? 'skipped');
    summary.patients++;
    pids.set(item.patient, pid);
  };
  const keep = async (file: string, line: number, patient: string, resource: ImportedResource): Promise<void> => {
    if (!pids.has(patient)) return skip(file, line, 'its patient was not registered');
    const size = resource.text.length;
    if (size > MAX_RECORD_TEXT) return skip(file, line, 'too large');
    const before = waiting.get(patient);
    const full = before !== undefined && before.characters + size > BATCH_CHARACTERS;
    if (full || before?.pending.length === BATCH) await flush(patient);
    const batch = waiting.get(patient) ?? { pending: [], characters: 0 };
    waiting.set(patient, batch);
    batch.pending.push({ file, line, resource });
    batch.characters += size;
    held += size;
    if (held > HELD_CHARACTERS) for (const other of [...waiting.keys()]) await flush(other);
  };

  const files = await filesBelow(path);
  progress.files(files.length);
  for (const file of files) {
    for await (const patient of patientsOf(file, reader)) if (!signal.aborted) await register(file, patient);
  }
  for (const [index, file] of files.entries()) {
    if (signal.aborted) break;
    progress.file(index);
    for await (const item of importItems(file, reader)) {
      if (signal.aborted) break;
      if ('reason' in item) skip(file, item.line, item.reason);
      else if (item.kind === 'skipped') skip(file, item.line, item.skip.code);
      else if (item.kind === 'shared') summary.shared++;
      else {
        if (item.kind === 'patient' && !pids.has(item.patient)) await register(file, item);
        await keep(file, item.line, item.patient, item.resource);
      }
    }
  }
  if (signal.aborted) summary.interrupted = true;
  else for (const patient of [...waiting.keys()]) await flush(patient);
  await sending;
  return { summary, statements: [...statements] };
}
