// Writes what a long run measured to docs/results, with the machine that it ran on.
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Rows are printed as a table of two columns. */
export async function writeReport(
  name: string,
  title: string,
  intro: string,
  rows: readonly (readonly [what: string, value: string | number])[],
): Promise<void> {
  const directory = fileURLToPath(new URL('../../docs/results/', import.meta.url));
  await mkdir(directory, { recursive: true });
  const [cpu] = cpus();
  const machine = `${cpus().length} x ${cpu?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  const table = rows.map(([what, value]) => `| ${what} | ${value} |`).join('\n');
  const text = `# ${title}\n\n${intro}\n\n| | |\n|---|---|\n| run | ${new Date().toISOString().slice(0, 10)} |\n| machine | ${machine} |\n${table}\n`;
  await writeFile(`${directory}${name}.md`, text);
}

/** Median and range in one cell. */
export function spread(values: readonly number[], unit = 'ms'): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]);
  return `${at(0.5)} ${unit} (least ${at(0)}, 95 % ${at(0.95)}, most ${at(1)})`;
}
