// Times as patients read them.
import { expect, it } from 'vitest';
import { longDayText, longTimeText } from '../../web/shared/time/format.ts';

it('a time is day, name of the month, year and the hours of a clock with twelve', () => {
  const at = (text: string) => longTimeText(Date.parse(text), 'utc');
  expect(at('2026-11-21T14:05:00Z')).toBe('21 November 2026, 2:05pm');
  expect(at('2026-03-01T00:00:00Z')).toBe('1 March 2026, 12:00am');
  expect(at('2026-03-01T12:59:00Z')).toBe('1 March 2026, 12:59pm');
  expect(longDayText(Date.parse('2027-03-03T09:12:00Z'), 'utc')).toBe('3 March 2027');
});
