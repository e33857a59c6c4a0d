// No wording outside the catalogue, no key that nothing says, no key that is not there.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadRepository } from '../../scripts/guards/project.ts';
import type { SourceModule } from '../../scripts/guards/source-module.ts';
import { en } from '../../web/shared/text/en/catalogue.ts';
import { texts } from '../../web/shared/text/i18n.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const project = loadRepository(ROOT);
/** The pages of the portal and what every page is made of. */
const pages = [...project.modules.values()].filter(({ path }) => /^web\/(portal|shared)\/.*\.tsx$/.test(path));
/** Attributes that people see or hear. */
const SPOKEN = ['title', 'label', 'aria-label', 'placeholder', 'description', 'alt', 'intro', 'caption', 'error'];

function bareStrings(module: SourceModule): string[] {
  const found: string[] = [];
  const note = (text: string, start: number) => {
    if (/\p{L}{2}/u.test(text)) found.push(`${module.path}:${module.lineOf(start)} ${text.trim()}`);
  };
  module.visit({
    JSXText: (node) => note(node.value, node.start),
    JSXAttribute: (node) => {
      if (node.name.type !== 'JSXIdentifier' || !SPOKEN.includes(node.name.name)) return;
      if (node.value?.type === 'Literal') note(String(node.value.value), node.start);
    },
    JSXExpressionContainer: (node) => {
      if (node.expression.type === 'Literal' && typeof node.expression.value === 'string') {
        note(node.expression.value, node.start);
      }
    },
  });
  return found;
}

function keysOf(value: object, before = ''): string[] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'string' ? [`${before}${key}`] : keysOf(inner, `${before}${key}.`),
  );
}

test('no page of the portal says anything that is not in the catalogue', () => {
  expect(pages.length).toBeGreaterThan(40);
  expect(pages.flatMap(bareStrings)).toEqual([]);
});

test('every key that is named in the pages is in the catalogue', () => {
  const named = [...project.modules.values()]
    .filter(({ path }) => path.startsWith('web/'))
    .flatMap(({ text }) => [...text.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key]) => key as string));
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter((key) => !texts.exists(key, { count: 2 }))).toEqual([]);
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
