// Guard: docs/PROPERTIES.md and the tests tell the same story: a row names files that test it, a title names a row.
import type { Finding, Guard } from './guard.ts';
import type { Project } from './project.ts';

export const PROPERTIES_PAGE = 'docs/PROPERTIES.md';
export const PROPERTY_COUNT = 44;
export const LATER = 'later issue';

export interface PropertyRow {
  readonly number: number;
  readonly name: string;
  readonly group: string;
  /** Empty for one that a later issue owes. */
  readonly tests: readonly string[];
  readonly line: number;
}

interface Title {
  readonly number: number;
  readonly name: string;
  readonly path: string;
  readonly line: number;
}

export const propertiesGuard: Guard = {
  name: 'properties',
  claim: `${PROPERTIES_PAGE} lists every property, and its rows and the titles of tests agree`,
  check(project) {
    const rows = propertyRows(project);
    const titles = propertyTitles(project);
    const findings: Finding[] = [];
    for (let number = 1; number <= PROPERTY_COUNT; number++) {
      const count = rows.filter((row) => row.number === number).length;
      if (count !== 1) findings.push({ path: PROPERTIES_PAGE, message: `property ${number} has ${count} rows` });
    }
    for (const row of rows) {
      for (const test of row.tests) {
        if (titles.some((title) => title.path === test && title.number === row.number)) continue;
        findings.push({
          path: PROPERTIES_PAGE,
          line: row.line,
          message: `${test} has no test "property ${row.number}: ..."`,
        });
      }
    }
    for (const title of titles) {
      const row = rows.find(({ number }) => number === title.number);
      const message =
        row === undefined
          ? `no row for property ${title.number}`
          : !title.name.startsWith(row.name)
            ? `property ${title.number} is called "${row.name}"`
            : row.tests.includes(title.path)
              ? undefined
              : `the row of property ${title.number} does not name this file`;
      if (message !== undefined) findings.push({ path: title.path, line: title.line, message });
    }
    return findings;
  },
};

/** `| number | name | group | test file, ... |` */
export function propertyRows(project: Project): PropertyRow[] {
  if (!project.has(PROPERTIES_PAGE)) return [];
  return project
    .read(PROPERTIES_PAGE)
    .split('\n')
    .flatMap((text, index) => {
      const cells = /^\| *(\d+) *\|([^|]*)\|([^|]*)\|([^|]*)\|$/.exec(text);
      if (cells === null) return [];
      const [, number, name, group, tests] = cells.map((cell) => cell.trim());
      const files = tests.startsWith(LATER) ? [] : tests.split(/,\s*/).map((file) => file.replaceAll('`', ''));
      return [{ number: Number(number), name, group, tests: files, line: index + 1 }];
    });
}

/** Titles of tests and groups that begin with `property N: name`. */
export function propertyTitles(project: Project): Title[] {
  const titles: Title[] = [];
  for (const module of project.modules.values()) {
    if (!module.path.startsWith('test/')) continue;
    const note = (value: unknown, start: number) => {
      const parts = typeof value === 'string' ? /^property (\d+): (.*)$/s.exec(value) : null;
      if (parts === null) return;
      titles.push({ number: Number(parts[1]), name: parts[2], path: module.path, line: module.lineOf(start) });
    };
    module.visit({
      Literal: ({ value, start }) => note(value, start),
      TemplateElement: ({ value, start }) => note(value.cooked, start),
    });
  }
  return titles;
}
