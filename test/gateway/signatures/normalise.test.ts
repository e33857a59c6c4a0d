// Spellings of one attack become one text; nothing takes long or grows.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalised } from '../../../gateway/signatures/normalise.ts';

describe('the text of a field', () => {
  it.each([
    ['%3Cscript%3E', '<script>'],
    ['%253Cscript%253E', '<script>'],
    ['%25253Cscript', '<script'],
    ['%u003cscript', '<script'],
    ['&lt;ScRiPt&gt;', '<script>'],
    ['&#60;&#x3C;&#x3cscript', '<<<script'],
    ['\\x3cscript\\u003e', '<script>'],
    ['＜script＞', '<script>'],
    ['%EF%BC%9Cscript', '<script'],
    ['%c0%ae%c0%ae%c0%af', '../'],
    ['%e2%80%99 or', "' or"],
    ['UNION/**/ALL/*x*/SELECT', 'union all select'],
    ['/*!50000union*/ select', ' union select'],
    ['a\t\n\r  b%00c', 'a bc'],
    ['a+b', 'a b'],
    ['100%', '100%'],
    ['%zz%4', '%zz%4'],
    ['/*open', '/*open'],
    ['a&lt=b', 'a&lt=b'],
    ['é', '\x80'],
  ])('%s is %j', (value, expected) => {
    expect(normalised(value, 'text', true)).toBe(expected);
  });

  it('keeps a plus sign outside of forms', () => {
    expect(normalised('a+b', 'text', false)).toBe('a+b');
  });

  it('is never longer than what was sent, and plain small text is itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (value) => {
        expect(normalised(value, 'text', true).length).toBeLessThanOrEqual(value.length);
        expect(normalised(value, 'shape', true).length).toBeLessThanOrEqual(value.length);
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9._~-]{0,40}$/), (value) => {
        expect(normalised(value, 'text', true)).toBe(value);
      }),
    );
  });

  it('is bounded', () => {
    expect(normalised('x'.repeat(20_000), 'text', false)).toHaveLength(8_192);
    expect(normalised(`${'%25'.repeat(2_000)}41`, 'text', false).length).toBeLessThan(8_192);
  });
});

describe('the shape of a field', () => {
  it.each([
    ["1' OR '1'='1", "0'or'0'='0"],
    ['1 or 12 = 0x1F', '0 or 0=0'],
    ['1")))  and ((("a" like "a', "0')and('a'like'a"],
    ['; c\\at   /etc/passwd', ';cat /etc/passwd'],
    ['sleep( 5 )', 'sleep(0)'],
    ["1'+(select", "0'(select"],
    ['char(113)||char(97)', 'char(0)||char(0)'],
  ])('%s is %j', (value, expected) => {
    expect(normalised(value, 'shape', false)).toBe(expected);
  });
});
