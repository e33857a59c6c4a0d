import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 } from '#crypto';
import { hashKernel } from '../../../consensus/tree/sha65.ts';

test('the kernel gives SHA-256 of tag, left and right in every lane', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const hash = hashKernel(memory);
  const u8 = new Uint8Array(memory.buffer);
  const u32 = new Uint32Array(memory.buffer);
  const input = fc.uint8Array({ minLength: 64, maxLength: 64 });
  const groups = fc.integer({ min: 1, max: 3 }).chain((n) => fc.array(input, { minLength: 4 * n, maxLength: 4 * n }));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), groups, (tag, inputs) => {
      const outputs = 32768;
      inputs.forEach((bytes, i) => {
        const at = 4099 + 67 * i;
        u8.set(bytes, at);
        u32.set([at, at + 32, outputs + 32 * i], 64 + 3 * i);
      });
      hash(tag, 256, inputs.length);
      inputs.forEach((bytes, i) => {
        expect(u8.slice(outputs + 32 * i, outputs + 32 * i + 32)).toEqual(sha256(Uint8Array.of(tag), bytes));
      });
    }),
    { numRuns: 50 },
  );
});

test('hashing nothing leaves the memory as it was', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  hashKernel(memory)(1, 256, 0);
  expect(new Uint8Array(memory.buffer).every((byte) => byte === 0)).toBe(true);
});
