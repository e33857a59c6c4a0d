// Who may call an operation, as OpenAPI says it: made of the one access table. Owns the names of the schemes.
import { type AccessRule, scopesOf } from '../access/rule.ts';

type Requirement = Readonly<Record<string, readonly string[]>>;

export const SECURITY_SCHEMES = {
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'wardmesh-session',
    description:
      'The cookie of a person who signed in at this clinic. Its true name ends with the number of the clinic and the first digits of the network. Requests that carry it must come from a page of this node.',
  },
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'wmk_ID_SECRET',
    description: 'The API key of an application. The names beside it are the scopes that the key must have.',
  },
  operator: {
    type: 'http',
    scheme: 'bearer',
    description: 'The operator token: the file operator.token of the clinic.',
  },
} as const;

export function securityOf(rule: AccessRule): Requirement[] {
  const { who, person } = rule;
  const session: Requirement = { session: typeof who === 'string' ? [] : who };
  const application = scopesOf(rule).map((scope): Requirement => ({ apiKey: [scope] }));
  if (person === true) return [session];
  const operator: Requirement = { operator: [] };
  if (who === 'operator') return [operator];
  const open: Requirement[] = who === 'anyone' || who === 'readers' ? [{}] : [];
  return who === 'anyone' ? open : [...open, session, ...application, operator];
}
