// No wording outside the catalogue, no key that nothing says, no key that is not there.
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadRepository } from '../../scripts/guards/project.ts';
import { parseModule, type SourceModule } from '../../scripts/guards/source-module.ts';
import { en } from '../../web/shared/text/en/catalogue.ts';
import { texts } from '../../web/shared/text/i18n.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const project = loadRepository(ROOT);
/** Without the router, which names components. */
const pages = [...project.modules.values()].filter(({ path }) => /^web\/\w+\/.*\.tsx$/.test(path));
/** Attributes that people see or hear. */
const SPOKEN = [
  'title',
  'label',
  'aria-label',
  'placeholder',
  'description',
  'alt',
  'intro',
  'caption',
  'error',
  'filterLabel',
];
const KEYS = ['Escape', 'End'];

/** Also what a condition chooses from, columns and facts: whatever begins like a sentence or has words side by side. */
function bareStrings(module: SourceModule): string[] {
  const found: string[] = [];
  const silent = new Set<number>();
  const note = (text: string, start: number) => {
    if (/\p{L}{2}/u.test(text)) found.push(`${module.path}:${module.lineOf(start)} ${text.trim()}`);
  };
  module.visit({
    ImportDeclaration: (node) => void silent.add(node.source.start),
    TSLiteralType: (node) => void silent.add(node.literal.start),
    // Commands, as they are typed.
    JSXElement: ({ openingElement: { name }, children: [only] }) => {
      if (name.type === 'JSXIdentifier' && name.name === 'code' && only !== undefined) silent.add(only.start);
    },
    // For who debugs.
    NewExpression: ({ callee, arguments: [first] }) => {
      if (callee.type === 'Identifier' && callee.name === 'Error' && first !== undefined) silent.add(first.start);
    },
    JSXText: (node) => {
      if (!silent.has(node.start)) note(node.value, node.start);
    },
    JSXAttribute: (node) => {
      if (node.value?.type !== 'Literal') return;
      silent.add(node.value.start);
      if (node.name.type === 'JSXIdentifier' && SPOKEN.includes(node.name.name)) {
        note(String(node.value.value), node.start);
      }
    },
    Literal: (node) => {
      const { value, start } = node;
      if (typeof value !== 'string' || silent.has(start) || KEYS.includes(value)) return;
      if (/^\p{Lu}\p{Ll}|\p{L}{2},? \p{L}{2}/u.test(value)) note(value, start);
    },
    TemplateElement: ({ value, start }) => {
      if (/(^|\s)\p{Lu}\p{Ll}|\p{L}{2},? \p{L}{2}|^,? ?\p{L}{2,}\.? |\s\p{L}{2,}[,.]?\s?$/u.test(value.raw))
        note(value.raw, start);
    },
  });
  return found;
}

test('wording is found wherever a page has it, and only there', () => {
  const page = (body: string) => bareStrings(parseModule('web/a/page.tsx', body));
  expect(page('<p>Not yet</p>;')).toHaveLength(1);
  expect(page('<Page title="Blocks" />;')).toHaveLength(1);
  expect(page('<p>{last === null ? "Never" : 1}</p>;')).toHaveLength(1);
  expect(page('const columns = [{ name: "Height" }];')).toHaveLength(1);
  expect(page(`const hint = \`\${clinics} mined\`;`)).toHaveLength(1);
  expect(
    page(`import a from 'a page'; <Page title={t('chain.blocks')} id={\`\${id}-hint \${id}-error\`} to='/a b' />;`),
  ).toEqual([]);
});

function keysOf(value: object, before = ''): string[] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'string' ? [`${before}${key}`] : keysOf(inner, `${before}${key}.`),
  );
}

test('no page says anything that is not in the catalogue', () => {
  expect(pages.length).toBeGreaterThan(80);
  expect(pages.flatMap(bareStrings)).toEqual([]);
});

test('every key that is named in the pages is in the catalogue', () => {
  const named = [...project.modules.values()]
    .filter(({ path }) => path.startsWith('web/'))
    .flatMap(({ text }) => [...text.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key]) => key as string));
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter((key) => !texts.exists(key, { count: 2 }))).toEqual([]);
});

/** A page's own modules, as the browser loads them with it: types are none. */
function loadedWith(path: string): Set<string> {
  const seen = new Set<string>();
  const waiting = [path];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { text } = project.modules.get(next) ?? {};
    if (text === undefined || seen.has(next)) continue;
    seen.add(next);
    for (const [, type, named] of text.matchAll(/^(?:import|export) (type )?(?:[^'"();]*?from )?'(\.[^']+)'/gm)) {
      if (type === undefined) waiting.push(normalize(join(dirname(next), named)));
    }
  }
  return seen;
}

test('every page brings the wording that it names, and the frame no more than its own', () => {
  const web = [...project.modules.values()].filter(({ path }) => path.startsWith('web/'));
  const frame = loadedWith('web/main.tsx');
  const english = /^web\/shared\/text\/en\/(.*)\.ts$/;
  const areas = web.flatMap(({ path, text }) => {
    const [, name] = english.exec(path) ?? [];
    if (name === undefined || name === 'catalogue' || !text.includes('words(')) return [];
    const wrapped = /^words\(\{ (\w+) \}\)/m.exec(text)?.[1];
    return [
      { path, roots: wrapped ? [wrapped] : [...text.matchAll(/^ {2}(\w+):/gm)].map(([, root]) => root as string) },
    ];
  });
  expect(areas.length).toBeGreaterThan(10);
  expect(areas.filter(({ path }) => frame.has(path))).toEqual([]);
  const pagesLoaded = new Set(
    web.flatMap(({ path, text }) =>
      [...text.matchAll(/import\('(\.[^']+)'\)/g)].map(([, named]) => normalize(join(dirname(path), named as string))),
    ),
  );
  expect(pagesLoaded.size).toBeGreaterThan(60);
  const missing = [...pagesLoaded, 'web/main.tsx'].flatMap((page) => {
    const loaded = loadedWith(page);
    const source = [...loaded]
      .filter((path) => path.startsWith('web/') && !english.test(path) && (page === 'web/main.tsx' || !frame.has(path)))
      .map((path) => project.modules.get(path)?.text)
      .join('\n');
    // A key, or the beginning of one that is put together; codes of the node are none of either.
    const names = (root: string) =>
      [...source.matchAll(new RegExp(`\\bt\\(\\s*['\`]${root}\\.`, 'g'))].length > 0 ||
      [...source.matchAll(new RegExp(`(?<!code: )'(${root}\\.[\\w.-]+)'`, 'g'))].some(([, key]) =>
        texts.exists(key as string),
      );
    return areas
      .filter(({ path, roots }) => !loaded.has(path) && roots.some(names))
      .map(({ path }) => `${page}: ${path}`);
  });
  expect(missing).toEqual([]);
});

test('every sentence of the catalogue is said somewhere', () => {
  const source = [...project.modules.values()]
    .filter(({ path }) => path.startsWith('web/') && !path.startsWith('web/shared/text/en/'))
    .map(({ path }) => readFileSync(`${ROOT}/${path}`, 'utf8'))
    .join('\n');
  // Keys that are put together from a part and a value, and codes of the node.
  const composed = [...source.matchAll(/`([a-zA-Z]+(?:\.[a-zA-Z-]+)*\.)\$\{/g)].map(([, start]) => start as string);
  const unsaid = keysOf(en)
    .map((key) => key.replace(/_(zero|one|other)$/, ''))
    .filter((key) => !source.includes(`'${key}'`) && !composed.some((start) => key.startsWith(start)));
  expect(unsaid).toEqual([]);
});
