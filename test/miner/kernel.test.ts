import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blockId, headerPreimage } from '../../consensus/chain/header.ts';
import type { Header } from '../../consensus/chain/types.ts';
import { meetsTarget } from '../../consensus/chain/work.ts';
import { targetFor } from '../../consensus/params.ts';
import { compress, INITIAL_STATE } from '../../node/miner/kernel/compress.ts';
import { createJavaScriptKernel } from '../../node/miner/kernel/javascript.ts';
import { KERNEL_BASE64, KERNEL_SHA256 } from '../../node/miner/kernel/kernel.ts';
import { createSimdKernel } from '../../node/miner/kernel/simd.ts';
import { KERNEL_SPAN, type Kernel } from '../../node/miner/kernel/types.ts';
import { Search } from '../../node/miner/search.ts';
import { compileKernel, kernelFile } from '../../scripts/build-kernel.ts';
import { plainNonce, sampleHeader } from './samples.ts';

const simd = createSimdKernel();
if (simd === undefined) throw new Error('Node has WebAssembly SIMD');
const kernels: Kernel[] = [simd, createJavaScriptKernel()];

function find(kernel: Kernel, header: Header, count = 1 << 16): bigint {
  const search = new Search(kernel, headerPreimage(header), header.target);
  for (;;) {
    const nonce = search.next(count);
    if (nonce !== undefined) return nonce;
  }
}

test('the committed kernel is what its source compiles to', async () => {
  const wasm = await compileKernel();
  expect(createHash('sha256').update(wasm).digest('hex')).toBe(KERNEL_SHA256);
  expect(Buffer.from(wasm).toString('base64')).toBe(KERNEL_BASE64);
  expect(kernelFile(wasm)).toBe(readFileSync('node/miner/kernel/kernel.ts', 'utf8'));
});

test('WebAssembly, JavaScript and plain SHA-256 find the same nonce', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, (1n << 64n) - 1n),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (extraNonce, root) => {
        const header = sampleHeader({ extraNonce, txRoot: root, target: targetFor(300n) });
        const expected = plainNonce(header);
        for (const kernel of kernels) expect(find(kernel, header, 64)).toBe(expected);
      },
    ),
    { numRuns: 25 },
  );
});

test.each(kernels)('$name: every bit of the nonce counts', (kernel) => {
  fc.assert(
    fc.property(fc.bigInt(0n, (1n << 62n) - 1n), (quarter) => {
      const header = sampleHeader({ nonce: 4n * quarter, target: targetFor(50n) });
      const nonce = find(kernel, header);
      expect(nonce).toBe(plainNonce(header));
      expect(meetsTarget(blockId({ ...header, nonce }), header.target)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test.each(kernels)('$name: goes on above the 24 bits of one call', (kernel) => {
  const nonce = (5n << 24n) - 8n;
  // Around a target of 2^8 tries no solution may lie in the 8 nonces before the boundary.
  const header = [1, 2, 3, 4, 5, 6]
    .map((height) => sampleHeader({ height, nonce, target: targetFor(256n) }))
    .find((candidate) => plainNonce(candidate) >= 5n << 24n);
  if (header === undefined) throw new Error('no header without an early solution');
  expect(find(kernel, header, 1 << 10)).toBe(plainNonce(header));
});

test.each(kernels)('$name: wraps around after the last nonce', (kernel) => {
  const header = sampleHeader({ nonce: (1n << 64n) - 4n, target: targetFor(1n << 12n) });
  expect(find(kernel, header)).toBe(plainNonce({ ...header, nonce: 0n }));
});

test.each(kernels)(
  '$name: what meets only the top word is no solution, and the lanes behind it are looked at',
  (kernel) => {
    // A kernel that calls each first lane a hit: only the full target tells which nonce solves.
    const eager: Kernel = {
      name: kernel.name,
      load: (midstate, tail) => kernel.load(midstate, tail),
      scan: (start, count) => kernel.scan(start, count, 0xffff_ffff),
    };
    for (const height of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const header = sampleHeader({ height, target: targetFor(100n) });
      expect(find(eager, header)).toBe(plainNonce(header));
    }
  },
);

test('a call tries what it was asked to try', () => {
  for (const kernel of kernels) {
    const search = new Search(kernel, headerPreimage(sampleHeader()), 0n);
    expect(search.next(1000)).toBeUndefined();
    expect(search.tried).toBe(1000);
    expect(search.next(1)).toBeUndefined();
    expect(search.tried).toBe(1004);
  }
});

test('the kernel tells apart all positions in a group of lanes', () => {
  const tail = Uint32Array.from({ length: 16 }, (_, i) => i);
  const seen = new Set<number>();
  const [one, other] = kernels;
  for (const kernel of kernels) kernel.load(INITIAL_STATE as Uint32Array, tail);
  for (let start = 0; start < 4096; start += 4) {
    const top = 0x0fff_ffff;
    const low = one.scan(start, 4, top);
    expect(low).toBe(other.scan(start, 4, top));
    if (low >= 0) seen.add(low % 4);
  }
  expect([...seen].sort()).toEqual([0, 1, 2, 3]);
  expect(one.scan(KERNEL_SPAN - 4, 4, 0xffff_ffff)).toBe(KERNEL_SPAN - 4);
});

test('the compression function is that of SHA-256', () => {
  const out = new Uint32Array(8);
  // "abc" with its padding.
  compress(INITIAL_STATE, Uint32Array.of(0x6162_6380, ...Array(14).fill(0), 24), out);
  const hex = Array.from(out, (word) => word.toString(16).padStart(8, '0')).join('');
  expect(hex).toBe(createHash('sha256').update('abc').digest('hex'));
});

test('refuses a preimage of another length', () => {
  expect(() => new Search(kernels[1], new Uint8Array(246), 1n)).toThrow(RangeError);
});
