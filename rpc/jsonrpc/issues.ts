// What is wrong with parameters, in plain words: the library's own speak of types and quote patterns.
import type { z } from 'zod';

/** Of one issue; without the path. */
export function issueWords(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.join(', ')}`;
    case 'unrecognized_keys':
      return `there is no parameter ${issue.keys.join(', ')}`;
    case 'invalid_type':
      // Whole sentences of ours stay as they are.
      if (!issue.message.startsWith('Invalid input')) return issue.message;
      return issue.message.endsWith('received undefined')
        ? 'is missing'
        : `must be ${TYPES[issue.expected] ?? issue.expected}`;
    default:
      return issue.message;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  ...{ string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false' },
  ...{ array: 'a list', object: 'an object' },
};
