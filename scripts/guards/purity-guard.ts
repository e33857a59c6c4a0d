// Guard: what all nodes must agree on depends on nothing but its input (docs/ARCHITECTURE.md, consensus/).
// It bans sources of difference by name; that division stays exact is for the tests of the arithmetic.
import type { ESTree } from 'vite';
import type { Finding, Guard } from './guard.ts';
import { covers } from './import-table.ts';
import { resolveImport } from './resolve.ts';

const GLOBALS = new Set(
  (
    'Date performance process console Intl Buffer fetch navigator globalThis crypto require eval ' +
    'setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask ' +
    'parseFloat Float16Array Float32Array Float64Array WeakRef FinalizationRegistry'
  ).split(' '),
);
/** The others round as the machine likes, or are random. */
const EXACT_MATH = new Set('abs ceil clz32 floor imul max min sign trunc'.split(' '));
const METHODS = new Set(
  'localeCompare toLocaleString toLocaleLowerCase toLocaleUpperCase toFixed toPrecision toExponential getFloat32 getFloat64 setFloat32 setFloat64'.split(
    ' ',
  ),
);
/** Parts of common/ that hold clocks, timers or output. */
const IMPURE_MODULES = ['common/clock', 'common/logger', 'common/metrics', 'common/gcra'];
const IMPURE_NAMES = ['randomBytes', 'signingKeyPair', 'encryptionKeyPair', 'oprfBlind'];

export const purityGuard: Guard = {
  name: 'purity',
  claim: 'consensus/ uses no clock, randomness, I/O, locale, floats or libraries',
  check(project) {
    const findings: Finding[] = [];
    for (const module of project.modules.values()) {
      if (!covers('consensus', module.path)) continue;
      const report = (offset: number, message: string) => {
        findings.push({ path: module.path, line: module.lineOf(offset), message });
      };
      for (const { specifier, line, typeOnly, names } of module.imports) {
        const target = resolveImport(project, module.path, specifier, 'node');
        const impure =
          target.kind !== 'file' ? specifier : IMPURE_MODULES.some((part) => covers(part, target.path)) && target.path;
        if (impure !== false && !typeOnly) findings.push({ path: module.path, line, message: `imports ${impure}` });
        const random = names.filter((name) => IMPURE_NAMES.includes(name));
        for (const name of random) findings.push({ path: module.path, line, message: `imports ${name}` });
      }
      const properties = propertyNames(module);
      module.visit({
        Identifier: ({ name, start }) => {
          if (GLOBALS.has(name) && !properties.has(start)) report(start, `uses ${name}`);
        },
        MemberExpression: (node) => {
          if (node.computed || node.property.type !== 'Identifier') return;
          const { name } = node.property;
          const ofMath = node.object.type === 'Identifier' && node.object.name === 'Math';
          if (ofMath && !EXACT_MATH.has(name)) report(node.start, `uses Math.${name}`);
          if (METHODS.has(name)) report(node.start, `uses ${name}`);
        },
        Literal: (node) => {
          if (typeof node.value === 'number' && !Number.isSafeInteger(node.value)) {
            report(node.start, `holds ${node.value}, which is no safe integer`);
          }
        },
      });
    }
    return findings;
  },
};

/** Offsets of identifiers that are names of properties, not variables: `x.process`, `{ process: 1 }`. */
function propertyNames(module: { visit(visitor: object): void }): Set<number> {
  const offsets = new Set<number>();
  const note = (node: { computed?: boolean; shorthand?: boolean }, key: { start: number }) => {
    if (node.computed !== true && node.shorthand !== true) offsets.add(key.start);
  };
  module.visit({
    MemberExpression: (node: ESTree.MemberExpression) => note(node, node.property),
    Property: (node: ESTree.ObjectProperty) => note(node, node.key),
    TSPropertySignature: (node: ESTree.TSPropertySignature) => note(node, node.key),
    TSMethodSignature: (node: ESTree.TSMethodSignature) => note(node, node.key),
    PropertyDefinition: (node: ESTree.PropertyDefinition) => note(node, node.key),
    MethodDefinition: (node: ESTree.MethodDefinition) => note(node, node.key),
  });
  return offsets;
}
