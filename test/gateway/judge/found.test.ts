// What a block becomes as a report: its kind by the factor that weighs most, and never more sure than the gateway itself is.
import { describe, expect, it } from 'vitest';
import type { ThreatCategory } from '../../../common/threat-names.ts';
import type { Factor } from '../../../gateway/judge/decision.ts';
import { categoryOf, foundIn } from '../../../gateway/judge/found.ts';
import { gatewayOf, START } from '../visits.ts';

const factor = (name: Factor['name'], points: number, measured = ''): Factor => ({ name, points, measured });
const decision = gatewayOf().visit();

describe('a found threat', () => {
  it('is named by the heaviest factor that says what it is', () => {
    const cases = [
      [[factor('sign-in-failures', 40), factor('errors', 30)], 'bruteforce'],
      [[factor('session', 25), factor('errors', 20)], 'scan'],
      [[factor('rate', 24), factor('pattern', 15)], 'flood'],
      [[factor('session', 25), factor('user-agent', 15)], 'bot'],
    ] as const;
    for (const [factors, category] of cases) expect(categoryOf({ factors }, [])).toBe(category);
  });

  it('of passwords that are tried is no scan, though each is answered with an error', () => {
    const factors = [factor('errors', 40, '100 %'), factor('sign-in-failures', 35, '8'), factor('session', 10)];
    expect(categoryOf({ factors }, [])).toBe('bruteforce');
    const scan = [factor('errors', 40, '100 %'), factor('sign-in-failures', 6, '3')];
    expect(categoryOf({ factors: scan }, [])).toBe('scan');
  });

  it('by signatures is what those in force are, the gravest of them', () => {
    const factors = [factor('signatures', 50), factor('limit-violations', 23)];
    expect(categoryOf({ factors }, ['scanner', 'probe'])).toBe('scan');
    expect(categoryOf({ factors }, ['flood'])).toBe('flood');
    expect(categoryOf({ factors }, ['coordinated', 'probe'])).toBe('scan');
    expect(categoryOf({ factors }, ['scanner', 'traversal'])).toBe('injection');
    expect(categoryOf({ factors }, [])).toBe('injection');
  });

  it('is not named by a signature on trial beside a scanner', () => {
    const kinds: ThreatCategory[] = [];
    const onTrial = { id: 'ab'.repeat(32), category: 'injection', points: 30, shadow: true } as const;
    const tool = { category: 'scanner', points: 50, shadow: false } as const;
    let number = 0;
    const { visit } = gatewayOf({
      signatures: () => ({ match: () => [{ ...tool, id: `tool ${number++}` }, onTrial] }),
      onReport: (decision, matched) => kinds.push(foundIn(decision, matched).category),
    });
    for (let i = 0; i < 8; i++) visit({ at: START + i * 1_000 });
    expect(kinds).toEqual(['scan']);
  });

  it('counts without what others reported, and says what was measured', () => {
    const factors = [
      factor('sign-in-failures', 40, '11'),
      factor('reports', 25, 'one foreign organisation'),
      factor('rate', 24, '207 a minute'),
    ];
    expect(foundIn({ ...decision, score: 89, factors }, [])).toEqual({
      ...{ network: decision.client, category: 'bruteforce', score: 89, ownScore: 64, requests: 207, failures: 11 },
    });
    const alone = [factor('errors', 40), factor('sign-in-failures', 40, '9')];
    expect(foundIn({ ...decision, score: 80, factors: alone }, [])).toMatchObject({ ownScore: 80, requests: 0 });
  });
});
