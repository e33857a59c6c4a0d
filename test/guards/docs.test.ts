import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { accessPage } from '../../scripts/docs/access-page.ts';
import { apiPage } from '../../scripts/gen-api-docs.ts';
import { cliPage } from '../../scripts/gen-cli-docs.ts';
import { FOLDERS } from '../../scripts/guards/import-table.ts';
import { loadRepository } from '../../scripts/guards/project.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = (path: string): string => readFileSync(`${ROOT}/${path}`, 'utf8');

/** Cells of the rows of the first table below a heading, without the heading of the table. */
function rowsBelow(text: string, heading: string): string[][] {
  const lines = text.slice(text.indexOf(`\n${heading}\n`)).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, index) => index > first && !line.startsWith('|'));
  return lines.slice(first + 2, end).map((line) => line.split('|').slice(1, -1));
}

const names = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name.replace(/\/$/, ''));

describe('docs/ARCHITECTURE.md', () => {
  it('has the import table that the guard enforces', () => {
    const written = rowsBelow(page('docs/ARCHITECTURE.md'), '## Folders').map(([folder, , , imports]) => {
      const [values, types = ''] = imports.split('types only of');
      return [names(folder)[0], { values: names(values).sort(), types: names(types).sort() }];
    });
    const enforced = Object.entries(FOLDERS).map(([folder, { mayImport, mayImportTypes = [] }]) => [
      folder,
      { values: [...mayImport].sort(), types: [...mayImportTypes].sort() },
    ]);
    expect(written).toEqual(enforced);
  });
});

describe('reference pages', () => {
  it('docs/CLI.md is what the program says (node scripts/gen-cli-docs.ts)', () => {
    expect(page('docs/CLI.md')).toBe(cliPage());
  });

  it('docs/ACCESS.md is what the access table says (npm run docs)', () => {
    expect(page('docs/ACCESS.md')).toBe(accessPage());
  });

  it('docs/API.md is what the schemas say (node scripts/gen-api-docs.ts)', () => {
    expect(page('docs/API.md')).toBe(apiPage());
  });
});

describe('pages', () => {
  const project = loadRepository(ROOT);
  const pages = project.files.filter((path) => path.endsWith('.md'));

  it.each(pages)('%s names only files of the repository', (path) => {
    const named = [...page(path).matchAll(/`((?:[a-z0-9-]+\/)+[a-z0-9.-]+\.(?:ts|tsx|js|md|svg|png))`/g)];
    const links = [
      ...page(path)
        .replace(/`[^`]*`/g, '')
        .matchAll(/\]\((?!https?:|#)([^)#]+)/g),
    ].map(([, link]) => new URL(link, `file:///${path}`).pathname.slice(1));
    const missing = [...named.map(([, name]) => name), ...links].filter(
      (name) => !project.files.some((file) => file === name || file.startsWith(name.replace(/\/?$/, '/'))),
    );
    expect(missing).toEqual([]);
  });
});
