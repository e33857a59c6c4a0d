// Guard: one way to write a module: named exports, whole file names in imports, no file that only passes others on.
import type { Finding, Guard } from './guard.ts';

/** Tools look for the default export of their own configuration. */
const CONFIGURATION = /\.config\.ts$/;

export const modulesGuard: Guard = {
  name: 'modules',
  claim: 'modules have named exports, imports name whole files, and nothing is a barrel',
  check(project) {
    const findings: Finding[] = [];
    for (const module of project.modules.values()) {
      const { path } = module;
      for (const { specifier, line } of module.imports) {
        if (!specifier.startsWith('.') || /\.[a-z0-9]+(\?[a-z]+)?$/.test(specifier)) continue;
        findings.push({ path, line, message: `${specifier} lacks its extension` });
      }
      let passedOn = 0;
      let own = 0;
      module.visit({
        ExportDefaultDeclaration: (node) => {
          own++;
          if (!CONFIGURATION.test(path)) {
            findings.push({ path, line: module.lineOf(node.start), message: 'default export; name it' });
          }
        },
        ExportAllDeclaration: () => {
          passedOn++;
        },
        ExportNamedDeclaration: (node) => {
          if (node.source === null) own++;
          else passedOn++;
        },
      });
      if (passedOn > 0 && own === 0) findings.push({ path, message: 'a barrel: it only passes on what others define' });
    }
    return findings;
  },
};
