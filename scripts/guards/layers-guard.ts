// Guard: folders import only what the import table allows, and a relative import names a file that exists.
import type { Finding, Guard } from './guard.ts';
import { covers, FOLDERS, folderOf, OUTSIDE } from './import-table.ts';
import { resolveImport } from './resolve.ts';

export const layersGuard: Guard = {
  name: 'layers',
  claim: 'every import is one that the import table allows',
  check(project) {
    const findings: Finding[] = [];
    for (const module of project.modules.values()) {
      const from = folderOf(module.path);
      if (from === '' || (OUTSIDE as readonly string[]).includes(from)) continue;
      const rule = FOLDERS[from];
      if (rule === undefined) {
        findings.push({ path: module.path, message: `${from}/ is not in the import table` });
        continue;
      }
      for (const { specifier, line, typeOnly } of module.imports) {
        const target = resolveImport(project, module.path, specifier, 'node');
        if (target.kind !== 'file' || folderOf(target.path) === from) continue;
        if (rule.mayImport.some((allowed) => covers(allowed, target.path))) continue;
        const asTypes = rule.mayImportTypes?.some((allowed) => covers(allowed, target.path)) === true;
        if (asTypes && typeOnly) continue;
        const message = asTypes ? 'may import its types only' : 'may not import it';
        findings.push({ path: module.path, line, message: `${target.path}: ${from}/ ${message}` });
      }
    }
    return findings;
  },
};
