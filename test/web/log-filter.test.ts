// What the page of the access log puts into its address, and what it makes of one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METHODS } from '../../rpc/schema/methods.ts';
import { filterOf, paramsOf, SINCE, searchOf } from '../../web/portal/admin/access-log/log-filter.ts';

const NOW = 1_790_000_000_000;
const filters = fc.record({
  outcome: fc.constantFrom('permitted' as const, 'refused' as const, undefined),
  method: fc.stringMatching(/^[a-z]{0,8}$/),
  since: fc.constantFrom(...(Object.keys(SINCE) as (keyof typeof SINCE)[]), undefined),
  user: fc.option(fc.stringMatching(/^[0-9a-f]{32}$/), { nil: undefined }),
  object: fc.stringMatching(/^[0-9A-Z]{0,12}$/),
});

describe('the filter of the access log', () => {
  it('comes back from its address whole, but for what calls were about: that never stands in one', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        const search = searchOf(filter);
        expect(filterOf(search, filter.object)).toEqual(filter);
        expect(Object.keys(search)).not.toContain('object');
      }),
    );
  });

  it('gives the node parameters that it takes, whatever stands in the address', () => {
    const any = fc.record({ outcome: fc.string(), since: fc.string(), user: fc.string() });
    fc.assert(
      fc.property(any, fc.option(fc.nat(), { nil: undefined }), (search, after) => {
        const params = paramsOf(filterOf(search, ''), after, NOW);
        expect(METHODS.admin_accessLog.params.safeParse(params).success).toBe(true);
      }),
    );
    expect(filterOf({ since: 'constructor', outcome: 'maybe', user: 'anna' }, '')).toMatchObject({
      ...{ since: undefined, outcome: undefined, user: undefined },
    });
  });

  it('counts back from the time of the clinic', () => {
    expect(paramsOf(filterOf({ since: 'day' }, ''), undefined, NOW).from).toBe(NOW - 86_400_000);
  });
});
