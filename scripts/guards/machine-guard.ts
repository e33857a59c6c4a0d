// Guard: the tree works anywhere: no path of one machine, no host of one registry, no credential of a registry.
import type { Finding, Guard } from './guard.ts';

const BINARY = /\.(png|jpg|ico|woff2?|wasm|gz|zip)$/;
// Spelled so that this file does not find itself.
const PATHS = /(?<![\w.:/-])\/(?:home|Users|root|work|farm|tmp|mnt|opt)\/[\w.-]+/;
const REGISTRY = /\b(?:registry\.[a-z0-9-]+\.[a-z]+|[a-z0-9-]+\/(?:repository|artifactory)\/npm|_auth[T]oken)\b/i;

export const machineGuard: Guard = {
  name: 'machine',
  claim: 'no tracked file names a path of one machine or a package registry',
  check(project) {
    const findings: Finding[] = [];
    for (const path of project.files) {
      if (BINARY.test(path)) continue;
      const lines = project.read(path).split('\n');
      for (const [index, text] of lines.entries()) {
        const found = PATHS.exec(text)?.[0] ?? REGISTRY.exec(text)?.[0];
        if (found !== undefined) findings.push({ path, line: index + 1, message: `names ${found}` });
        if (path === 'package-lock.json' && /"resolved": "(?!\.|file:)/.test(text)) {
          findings.push({ path, line: index + 1, message: 'pins a host' });
        }
      }
    }
    return findings;
  },
};
