// Guard: every library stays at the door that owns it, so that replacing one touches one folder.
import type { Finding, Guard } from './guard.ts';
import { covers, FOLDERS, folderOf, LIBRARIES } from './import-table.ts';
import { resolveImport } from './resolve.ts';

export const librariesGuard: Guard = {
  name: 'libraries',
  claim: 'every library is imported by its owner only',
  check(project) {
    const findings: Finding[] = [];
    for (const module of project.modules.values()) {
      if (!(folderOf(module.path) in FOLDERS)) continue;
      for (const { specifier, line } of module.imports) {
        const target = resolveImport(project, module.path, specifier, 'node');
        if (target.kind !== 'package') continue;
        const rule = LIBRARIES.find(({ library }) =>
          library.endsWith('/') ? target.name.startsWith(library) : target.name === library,
        );
        if (rule?.owners.some((owner) => covers(owner, module.path))) continue;
        const message =
          rule === undefined ? 'has no owner in the import table' : `belongs to ${rule.owners.join(', ')}`;
        findings.push({ path: module.path, line, message: `${target.name} ${message}` });
      }
    }
    return findings;
  },
};
