import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StatementState } from '../../rpc/schema/shapes.ts';
import { operatorContext } from '../helpers/call-context.ts';
import { BenchClinic } from './bench-clinic.ts';

type Step =
  | { readonly do: 'submit'; readonly count: number }
  | { readonly do: 'send' | 'mine' | 'mine-empty' }
  | { readonly do: 'replace'; readonly keep: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('submit' as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constantFrom('send' as const, 'mine' as const, 'mine-empty' as const) }),
  fc.record({ do: fc.constant('replace' as const), keep: fc.nat({ max: 1 }) }),
);

async function take(clinic: BenchClinic, made: string[], given: Step): Promise<void> {
  if (given.do === 'submit') made.push(...(await clinic.submit(given.count)));
  else if (given.do === 'send') await clinic.send();
  else if (given.do === 'replace') await clinic.replaceTip(given.keep);
  else await clinic.mine(given.do === 'mine' ? 'full' : 'empty');
}

/** What a caller is told about these statements now. */
async function ask(
  clinic: BenchClinic,
  ids: readonly string[],
): Promise<{ reached: boolean; states: StatementState[] }> {
  const statements = [...ids];
  const answer = clinic.handlers.tx_wait({ statements, until: 'applied', timeoutMs: 1 }, operatorContext());
  clinic.clock.advance(1);
  const { reached, statements: states } = await answer;
  return { reached, states };
}

describe('a statement that was acknowledged', () => {
  it('property 32: confirmation before success is reported: applied only while a block of the main chain holds it, final never, taken back never silently', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        const clinic = await BenchClinic.open();
        try {
          const made: string[] = [];
          let before = new Map<string, string>();
          for (const given of steps) {
            clinic.told.clear();
            await take(clinic, made, given);
            const held = await clinic.onMainChain();
            const { reached, states } = await ask(clinic, made);
            expect(reached).toBe(made.every((id) => held.has(id)));
            for (const { id, status, height } of states) {
              expect(status === 'applied' ? [height] : undefined).toEqual(held.get(id));
              expect(['queued', 'pending', 'applied']).toContain(status);
              if (before.get(id) === 'applied' && status !== 'applied') expect(clinic.told).toContain(id);
            }
            before = new Map(states.map(({ id, status }) => [id, status]));
          }
          for (let round = 0; round < 3; round++) {
            await clinic.send();
            await clinic.mine('full');
          }
          const held = await clinic.onMainChain();
          for (const id of made) expect(held.get(id)).toHaveLength(1);
        } finally {
          await clinic.close();
        }
      }),
      { numRuns: 20 },
    );
  });
});
