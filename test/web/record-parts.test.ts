// In which parts the pages of doctors ask for contents of records.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_RECORDS } from '../../rpc/schema/record.ts';
import { inParts } from '../../web/portal/doctor/data/record.ts';

const wanted = fc.record({
  record: fc.uuid(),
  clinic: fc.integer({ min: 1, max: 3 }),
  version: fc.constant(1),
  purpose: fc.constantFrom('TREAT' as const, 'BTG' as const),
});

describe('the parts of a list of records', () => {
  it('hold each record once, are of one chart and purpose, and no more than the node takes', () => {
    fc.assert(
      fc.property(fc.array(wanted, { maxLength: 200 }), fc.integer({ min: 1, max: MAX_RECORDS }), (list, size) => {
        const parts = inParts(list, size);
        expect(new Set(parts.flat())).toEqual(new Set(list));
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(size);
          expect(new Set(part.map(({ clinic, purpose }) => `${clinic} ${purpose}`)).size).toBe(1);
        }
      }),
    );
  });

  it('stay as they are when the list is looked at further down, so nothing is read and written down again', () => {
    fc.assert(
      fc.property(fc.array(wanted, { maxLength: 200 }), fc.integer({ min: 0, max: 9 }), (list, pages) => {
        const before = inParts(list.slice(0, pages * 20), 20);
        const after = inParts(list.slice(0, (pages + 1) * 20), 20);
        expect(after.slice(0, before.length)).toEqual(before);
      }),
    );
  });
});
