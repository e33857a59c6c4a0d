// The written form of a pattern, for people and for the starter set: literals with `*` between them.
// `^` at the start and `$` at the end anchor; a backslash makes the next of `* ^ $ \` literal.
import { GatewayError } from '../errors.ts';
import type { Pattern } from './signature.ts';

const SPECIAL = '*^$\\';

/** Throws GatewayError `signature.pattern` when there is nothing to look for or a backslash protects nothing. */
export function parseGlob(glob: string): Pattern {
  const start = glob.startsWith('^');
  const literals: string[] = [];
  let literal = '';
  let end = false;
  for (let i = start ? 1 : 0; i < glob.length; i++) {
    const sign = glob[i];
    if (sign === '\\') {
      const next = glob[++i];
      if (next === undefined || !SPECIAL.includes(next)) throw new GatewayError({ code: 'signature.pattern' });
      literal += next;
    } else if (sign === '*') {
      if (literal === '') throw new GatewayError({ code: 'signature.pattern' });
      literals.push(literal);
      literal = '';
    } else if (sign === '$' && i === glob.length - 1) {
      end = true;
    } else {
      literal += sign;
    }
  }
  if (literal === '') throw new GatewayError({ code: 'signature.pattern' });
  literals.push(literal);
  return { start, end, literals };
}

/** What `parseGlob` reads back as the same pattern. */
export function printGlob({ start, end, literals }: Pattern): string {
  const text = literals.map((literal) => literal.replace(/[*^$\\]/g, '\\$&')).join('*');
  return `${start ? '^' : ''}${text}${end ? '$' : ''}`;
}
