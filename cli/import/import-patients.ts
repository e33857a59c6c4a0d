// Sends the patients of files to a node in batches and counts, in persons, what became of each.
// Owns counting and progress; the answers are the node's.
import type { RpcClient } from '../../rpc/client.ts';
import type { ImportProgress, SkippedItem } from './progress.ts';
import { filesBelow, resourcesOf } from './resources.ts';

export interface ImportSummary {
  /** Patients read: registered, known and skipped together. */
  read: number;
  registered: number;
  known: number;
  /** Resources of other types. */
  ignored: number;
  /** Only there when somebody stopped it. */
  interrupted?: true;
  skipped: SkippedItem[];
}

const BATCH = 64;
const BATCH_BYTES = 512 * 1024;

interface Pending {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** Gives the counts and the ids of the statements to wait for. Once aborted, the batch on its way is the last one. */
export async function importPatients(
  client: RpcClient,
  path: string,
  progress: ImportProgress<ImportSummary>,
  signal: AbortSignal,
): Promise<{ summary: ImportSummary; statements: string[] }> {
  const summary: ImportSummary = { read: 0, registered: 0, known: 0, ignored: 0, skipped: [] };
  const statements = new Set<string>();
  let batch: Pending[] = [];
  let bytes = 0;

  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const sent = batch;
    batch = [];
    bytes = 0;
    const { items } = await client.call('patient_import', {
      resources: sent.map(({ text }, index) => ({ line: index, text })),
    });
    for (const item of items) {
      const { file, line } = sent[item.line];
      if (item.outcome === 'ignored') {
        summary.ignored++;
        continue;
      }
      summary.read++;
      if (item.outcome === 'skipped')
        summary.skipped.push({ file, line, reason: item.reason ?? item.code ?? 'skipped' });
      else summary[item.outcome]++;
      if (item.statement !== null) statements.add(item.statement);
    }
    progress.counted(summary);
  };

  const files = await filesBelow(path);
  progress.files(files.length);
  for (const [index, file] of files.entries()) {
    if (signal.aborted) break;
    progress.file(index);
    for await (const item of resourcesOf(file)) {
      if (signal.aborted) break;
      if ('reason' in item) {
        summary.read++;
        summary.skipped.push(item);
      } else if (item.type !== 'Patient' && item.type !== undefined) {
        summary.ignored++;
      } else {
        batch.push(item);
        bytes += item.text.length;
        if (batch.length >= BATCH || bytes >= BATCH_BYTES) await flush();
      }
    }
  }
  if (signal.aborted) summary.interrupted = true;
  if (!signal.aborted) await flush();
  // The answers of a batch come after what was skipped while it was gathered.
  const order = new Map(files.map((file, index) => [file, index]));
  summary.skipped.sort((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line);
  return { summary, statements: [...statements] };
}
