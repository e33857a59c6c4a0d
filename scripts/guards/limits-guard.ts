// Guard: docs/LIMITS.md and the code have the same bounds. A row names a declaration and its default as the source
// writes it; a constant that is named like a bound has a row.
import type { ESTree } from 'vite';
import type { Finding, Guard } from './guard.ts';
import { FOLDERS, folderOf } from './import-table.ts';
import type { Project } from './project.ts';
import type { SourceModule } from './source-module.ts';

const PAGE = 'docs/LIMITS.md';
const BOUND = /^MAX_|_LIMIT$|_(?:TIMEOUT|TTL)_MS$/;
/** Pages bound what they draw, not what others send. */
const EXEMPT = ['web'];

interface Row {
  readonly name: string;
  readonly path: string;
  readonly value: string;
  readonly line: number;
}

export const limitsGuard: Guard = {
  name: 'limits',
  claim: `${PAGE} lists every bound with its default`,
  check(project) {
    const rows = limitRows(project);
    const findings: Finding[] = [];
    for (const { name, path, value, line } of rows) {
      const module = project.modules.get(path);
      const declared = module === undefined ? [] : declarations(module).filter((each) => each.name === name);
      if (declared.length === 0) findings.push({ path: PAGE, line, message: `${path} declares no ${name}` });
      else if (!declared.some((each) => states(each.text, value))) {
        findings.push({ path: PAGE, line, message: `${name} is ${declared[0].text}, not ${value}` });
      }
    }
    for (const module of project.modules.values()) {
      const folder = folderOf(module.path);
      if (!(folder in FOLDERS) || EXEMPT.includes(folder)) continue;
      for (const { name, line } of declarations(module)) {
        if (!BOUND.test(name) || rows.some((row) => row.name === name && row.path === module.path)) continue;
        findings.push({ path: module.path, line, message: `${name} has no row in ${PAGE}` });
      }
    }
    return findings;
  },
};

/** The whole default, or one field of it. */
function states(text: string, value: string): boolean {
  return text === value || (value.includes(': ') && text.replace(/\s+/g, ' ').includes(value));
}

/** `| name | file | default | reason |`. */
function limitRows(project: Project): Row[] {
  if (!project.has(PAGE)) return [];
  return project
    .read(PAGE)
    .split('\n')
    .flatMap((text, index) => {
      const cells = /^\| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|/.exec(text);
      return cells === null ? [] : [{ name: cells[1], path: cells[2], value: cells[3], line: index + 1 }];
    });
}

/** Constants, and fields of objects that are constants, with the text of their value. */
function declarations(module: SourceModule): { name: string; text: string; line: number }[] {
  const found: { name: string; text: string; line: number }[] = [];
  const add = (name: string, value: ESTree.Node) => {
    found.push({ name, text: module.text.slice(value.start, value.end), line: module.lineOf(value.start) });
  };
  module.visit({
    VariableDeclarator: ({ id, init }) => {
      if (id.type !== 'Identifier' || init === null) return;
      add(id.name, init);
      if (init.type !== 'ObjectExpression') return;
      for (const field of init.properties) {
        if (field.type === 'Property' && field.key.type === 'Identifier') add(field.key.name, field.value);
      }
    },
  });
  return found;
}
