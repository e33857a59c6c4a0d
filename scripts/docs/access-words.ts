// An access rule in words, for the generated pages.
import { type AccessRule, scopesOf } from '../../rpc/access/rule.ts';

export function accessWords(rule: AccessRule): string {
  const { who, person, notOperator, smart, fresh, relation } = rule;
  const operator = person === true || notOperator === true ? '' : ' (or the operator)';
  const words = [typeof who === 'string' ? WHO[who] : `${who.join(', ')}${operator}`];
  if (person === true) words.push('a person only');
  if (fresh === true) words.push('with a fresh second factor');
  if (relation === 'self') words.push('for what is their own');
  const keys = [...scopesOf(rule), smart && `SMART ${smart}`].flatMap((one) => (one === undefined ? [] : `\`${one}\``));
  if (keys.length > 0 && who !== 'anyone') words.push(`API keys: ${keys.join(' or ')}`);
  return words.join('; ');
}

const WHO = {
  anyone: 'anyone',
  readers: 'readers',
  operator: 'operator',
  'signed-in': 'whoever is signed in',
} as const;
