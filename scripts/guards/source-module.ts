// One parsed source file: its syntax tree and everything that it imports, in whatever form it says so.
// Owns parsing; where a specifier leads is resolve.ts.
import { type ESTree, parseSync, Visitor, type VisitorObject } from 'vite';

export interface ImportEdge {
  readonly specifier: string;
  readonly line: number;
  /** True when nothing of it is left at run time (`import type`, `export type`, `import('x').T`). */
  readonly typeOnly: boolean;
  /** Imported names; empty for forms that name none. */
  readonly names: readonly string[];
}

export interface SourceModule {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly ImportEdge[];
  lineOf(offset: number): number;
  visit(visitor: VisitorObject): void;
}

const LANGUAGES: Readonly<Record<string, 'ts' | 'tsx' | 'js'>> = { '.ts': 'ts', '.tsx': 'tsx', '.js': 'js' };

export function isSource(path: string): boolean {
  return languageOf(path) !== undefined && !path.endsWith('.d.ts');
}

export function parseModule(path: string, text: string): SourceModule {
  const { program, errors } = parseSync(path, text, { lang: languageOf(path), sourceType: 'module' });
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0].message}`);
  const starts = lineStarts(text);
  const lineOf = (offset: number) => starts.findLastIndex((start) => start <= offset) + 1;
  const imports: ImportEdge[] = [];
  const add = (source: { value: unknown; start: number } | null, typeOnly: boolean, names: readonly string[] = []) => {
    if (typeof source?.value === 'string') {
      imports.push({ specifier: source.value, line: lineOf(source.start), typeOnly, names });
    }
  };
  const visit = (visitor: VisitorObject) => new Visitor(visitor).visit(program);
  visit({
    ImportDeclaration: (node) => add(node.source, node.importKind === 'type', importedNames(node)),
    ExportNamedDeclaration: (node) => add(node.source, node.exportKind === 'type'),
    ExportAllDeclaration: (node) => add(node.source, node.exportKind === 'type'),
    ImportExpression: (node) => add(node.source as ESTree.StringLiteral, false),
    TSImportType: (node) => add(node.source, true),
    CallExpression: (node) => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'require') {
        add(node.arguments[0] as ESTree.StringLiteral, false);
      }
    },
    // Workers: `new URL('./worker.ts', import.meta.url)`.
    NewExpression: (node) => {
      const first = node.arguments[0] as ESTree.StringLiteral | undefined;
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'URL' || typeof first?.value !== 'string') return;
      if (/^\.\.?\/.*\.(ts|tsx|js)$/.test(first.value)) add(first, false);
    },
  });
  return { path, text, imports, lineOf, visit };
}

function importedNames(node: ESTree.ImportDeclaration): string[] {
  return node.specifiers.map((specifier) => {
    if (specifier.type === 'ImportDefaultSpecifier') return 'default';
    if (specifier.type === 'ImportNamespaceSpecifier') return '*';
    return specifier.imported.type === 'Identifier' ? specifier.imported.name : specifier.imported.value;
  });
}

function languageOf(path: string): 'ts' | 'tsx' | 'js' | undefined {
  return LANGUAGES[path.slice(path.lastIndexOf('.'))];
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
