// What imports of files have in common at the command line: a bar while they run, an interruption that loses nothing, waiting
// for blocks, and the counts at the end. Owns no reading and no sending.
import cliProgress from 'cli-progress';
import { type Command, Option } from 'commander';
import color from 'picocolors';
import type { RpcClient } from '../../rpc/client.ts';
import { withClient } from '../client.ts';
import { parseDuration } from '../duration.ts';
import { CommandError } from '../exit.ts';
import type { ImportProgress, SkippedItem } from '../import/progress.ts';
import { onInterrupt } from '../interruption.ts';
import { answer, fields } from '../output/say.ts';
import { waitApplied } from '../wait-applied.ts';

export interface Counts {
  /** Some of them, where there are too many. */
  readonly skipped: readonly SkippedItem[];
  readonly interrupted?: true;
}

export interface ImportForm<C extends Counts> {
  /** One of these, in messages. */
  readonly noun: string;
  /** In the order in which they are shown. */
  counts(summary: C): Readonly<Record<string, number>>;
  /** How many of what was read the node has now. */
  taken(summary: C): number;
  skippedTotal(summary: C): number;
  run(
    client: RpcClient,
    progress: ImportProgress<C>,
    signal: AbortSignal,
  ): Promise<{ readonly summary: C; readonly statements: string[] }>;
}

const INTERRUPTED =
  'interrupted; what is counted above is on disk and will be sent, and the same command takes up the rest';

export function waitOption(what: string, standard: number, text: string): Option {
  return new Option('--wait <time>', `how long to wait until ${what}, as 90s, 30m`)
    .argParser(parseDuration)
    .default(standard, text);
}

export async function runImport<C extends Counts>(command: Command, wait: number, form: ImportForm<C>): Promise<void> {
  await withClient(command, async (client, { json }) => {
    const bar = progressBar(form);
    const { signal, release } = onInterrupt();
    let result: Awaited<ReturnType<ImportForm<C>['run']>>;
    try {
      result = await form.run(client, bar.progress, signal);
    } finally {
      bar.stop();
    }
    const { summary, statements } = result;
    try {
      if (!signal.aborted) await waitApplied(client, statements, wait, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      release();
      // Also when not all of it came about: what was counted is on the node's disk.
      answer(json, summary, () => summaryText(form, summary));
    }
    if (signal.aborted) throw new CommandError(INTERRUPTED);
    if (form.taken(summary) === 0 && form.skippedTotal(summary) > 0) {
      throw new CommandError(`no ${form.noun} was taken: everything was skipped`);
    }
  });
}

function summaryText<C extends Counts>(form: ImportForm<C>, summary: C): string {
  const total = form.skippedTotal(summary);
  const { skipped } = summary;
  const head = fields([...Object.entries(form.counts(summary)), ['skipped', total]]);
  if (skipped.length === 0) return head;
  const lines = skipped.map(({ file, line, reason }) => `  ${file}:${line}  ${reason}`);
  const more = total - skipped.length;
  return [head, '', color.yellow('Skipped:'), ...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

function progressBar<C extends Counts>(form: ImportForm<C>): { progress: ImportProgress<C>; stop(): void } {
  if (!process.stderr.isTTY) {
    return { progress: { files: () => {}, file: () => {}, counted: () => {} }, stop: () => {} };
  }
  const bar = new cliProgress.SingleBar({ stream: process.stderr, format: '{bar} {value}/{total} files  {counts}' });
  return {
    progress: {
      files: (total) => bar.start(total, 0, { counts: '' }),
      file: (index) => bar.update(index),
      counted: (summary) => {
        const counts = Object.entries({ ...form.counts(summary), skipped: form.skippedTotal(summary) });
        bar.update({ counts: counts.map(([name, count]) => `${count} ${name}`).join(', ') });
      },
    },
    stop: () => {
      bar.update(bar.getTotal());
      bar.stop();
    },
  };
}
