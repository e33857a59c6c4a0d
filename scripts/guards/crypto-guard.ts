// Guard: primitives of cryptography are called in common/ alone; everybody else goes through `#crypto`.
import type { Finding, Guard } from './guard.ts';
import { CRYPTO_BUILTINS, FOLDERS, folderOf } from './import-table.ts';
import { resolveImport } from './resolve.ts';

const GLOBAL_METHODS = ['subtle', 'getRandomValues', 'randomUUID'];

export const cryptoGuard: Guard = {
  name: 'crypto',
  claim: 'primitives of cryptography are used in common/ only',
  check(project) {
    const findings: Finding[] = [];
    for (const module of project.modules.values()) {
      const folder = folderOf(module.path);
      if (folder === 'common' || !(folder in FOLDERS)) continue;
      for (const { specifier, line } of module.imports) {
        const target = resolveImport(project, module.path, specifier, 'node');
        if (target.kind !== 'builtin' || !(CRYPTO_BUILTINS as readonly string[]).includes(target.name)) continue;
        findings.push({ path: module.path, line, message: `imports node:${target.name}; take #crypto` });
      }
      module.visit({
        MemberExpression: (node) => {
          if (node.property.type !== 'Identifier' || !GLOBAL_METHODS.includes(node.property.name)) return;
          const line = module.lineOf(node.start);
          findings.push({ path: module.path, line, message: `uses ${node.property.name}; take #crypto` });
        },
      });
    }
    return findings;
  },
};
