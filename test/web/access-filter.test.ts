// What the page of accesses to records puts into its address, and what it asks the node.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessArea } from '../../rpc/schema/audit.ts';
import { METHODS } from '../../rpc/schema/methods.ts';
import { filterOf, paramsOf, searchOf } from '../../web/portal/admin/access/access-filter.ts';
import { SINCE } from '../../web/portal/admin/access-log/log-filter.ts';

const NOW = 1_790_000_000_000;
const filters = fc.record({
  area: fc.constantFrom(...accessArea.options, undefined),
  outcome: fc.constantFrom('permitted' as const, 'refused' as const, undefined),
  since: fc.constantFrom(...(Object.keys(SINCE) as (keyof typeof SINCE)[]), undefined),
  patient: fc.stringMatching(/^[0-9A-Z]{0,12}$/),
});

describe('the filter of accesses to records', () => {
  it('comes back from its address whole, but for the patient, who never stands in one', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        const search = searchOf(filter);
        expect(Object.values(search)).not.toContain(filter.patient);
        expect(filterOf(search, filter.patient)).toEqual(filter);
      }),
    );
  });

  it('asks what the node takes, whatever stands in the address', () => {
    const anything = fc.option(fc.string(), { nil: undefined });
    const searches = fc.record({ area: anything, outcome: anything, since: anything });
    const after = fc.option(fc.nat(), { nil: undefined });
    fc.assert(
      fc.property(searches, after, (search, number) => {
        METHODS.audit_events.params.parse(paramsOf(filterOf(search, ''), number, NOW));
      }),
    );
  });
});
