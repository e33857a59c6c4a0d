import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes, toHex } from '../../common/bytes.ts';
import { type Tag, taggedHash } from '../../common/crypto/tagged-hash.ts';

test('is SHA-256 of the length of the tag, the tag and the parts (PROTOCOL 2.1)', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<Tag>('wardmesh/a/1', 'wardmesh/bb/2'),
      fc.array(fc.uint8Array({ maxLength: 20 })),
      (tag, parts) => {
        const hash = createHash('sha256')
          .update(Uint8Array.of(tag.length))
          .update(tag)
          .update(concatBytes(...parts))
          .digest('hex');
        expect(toHex(taggedHash(tag, ...parts))).toBe(hash);
      },
    ),
  );
});

test('a byte moved from the value into the tag gives another hash', () => {
  const utf8 = (text: string) => new TextEncoder().encode(text);
  expect(toHex(taggedHash('wardmesh/a/1', utf8('1x')))).not.toBe(toHex(taggedHash('wardmesh/a/11', utf8('x'))));
});
