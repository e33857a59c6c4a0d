// An access rule in words, for the generated pages.
import type { AccessRule } from '../../rpc/access/rule.ts';

export function accessWords(rule: AccessRule): string {
  const { who, person, scope, fresh, relation } = rule;
  const words = [
    typeof who === 'string' ? WHO[who] : `${who.join(', ')}${person === true ? '' : ' (or the operator)'}`,
  ];
  if (person === true) words.push('a person only');
  if (fresh === true) words.push('with a fresh second factor');
  if (relation === 'self') words.push('for what is their own');
  if (scope !== undefined && who !== 'anyone') words.push(`API keys: \`${scope}\``);
  return words.join('; ');
}

const WHO = {
  anyone: 'anyone',
  readers: 'readers',
  operator: 'operator',
  'signed-in': 'whoever is signed in',
} as const;
