// What the command prints: JSON or text for people, errors on stderr. Owns no content.
import Table from 'cli-table3';
import color from 'picocolors';
import { CodedError, codeOf } from '../../common/errors.ts';
import { explain } from './explain.ts';

/** Control characters of a terminal, but for colours: a hostile node's words must not move the cursor or name the window. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const CONTROL = /\x1b(?!\[[0-9;]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]/g;

export function say(text = ''): void {
  process.stdout.write(`${text.replace(CONTROL, '')}\n`);
}

export function sayJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** JSON when asked for, else what `text` makes of it. */
export function answer<T>(json: boolean, value: T, text: (value: T) => string): void {
  if (json) sayJson(value);
  else say(text(value));
}

export function sayError(error: unknown, json: boolean): void {
  const message = explain(error);
  if (json) {
    const details = error instanceof CodedError ? { ...error.toJSON(), message } : { message };
    process.stderr.write(`${JSON.stringify({ error: { code: codeOf(error) ?? 'failed', ...details } })}\n`);
    return;
  }
  process.stderr.write(`${color.red('Error:')} ${message.replace(CONTROL, '')}\n`);
}

/** A plain table: no borders, first column left, the rest as given. `empty` stands in for no rows. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  empty = 'Nothing yet.',
): string {
  if (rows.length === 0) return color.dim(empty);
  const made = new Table({
    head: head.map((name) => color.bold(name)),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '',
    },
  });
  for (const row of rows) made.push([...row]);
  return made.toString();
}

/** `name  value` lines. */
export function fields(pairs: readonly (readonly [string, string | number])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${color.dim(name.padEnd(width))}  ${value}`).join('\n');
}

/** First 6 and last 6 digits, as pages show it. */
export function shortId(id: string | null | undefined): string {
  if (id === null || id === undefined) return '-';
  return id.length <= 15 ? id : `${id.slice(0, 6)}…${id.slice(-6)}`;
}

/** Local time, to the second. */
export function when(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '-';
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
