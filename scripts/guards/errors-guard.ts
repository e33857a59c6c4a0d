// Guard: where callers decide by the reason of a failure, errors are coded (common/errors.ts).
// Composition and pages may still throw a plain error for what cannot happen; no caller decides on it.
import type { Finding, Guard } from './guard.ts';
import { folderOf } from './import-table.ts';

const CODED_FOLDERS = ['common', 'consensus', 'identity', 'records', 'care', 'gateway', 'rpc'];
/** RangeError and TypeError say that the caller is wrong: nobody decides on those either. */
const PLAIN = ['Error', 'AggregateError'];

export const errorsGuard: Guard = {
  name: 'errors',
  claim: `no plain error is thrown in ${CODED_FOLDERS.join(', ')}`,
  check(project) {
    const findings: Finding[] = [];
    for (const module of project.modules.values()) {
      if (!CODED_FOLDERS.includes(folderOf(module.path))) continue;
      module.visit({
        ThrowStatement: ({ argument, start }) => {
          if (argument.type !== 'NewExpression' || argument.callee.type !== 'Identifier') return;
          const { name } = argument.callee;
          if (!PLAIN.includes(name)) return;
          findings.push({
            path: module.path,
            line: module.lineOf(start),
            message: `throws a plain ${name}; give it a code`,
          });
        },
      });
    }
    return findings;
  },
};
