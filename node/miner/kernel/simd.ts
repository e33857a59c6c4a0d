// The WebAssembly SIMD kernel: decodes and instantiates the module that assembly/kernel.ts gives.
import { KERNEL_BASE64 } from './kernel.ts';
import type { Kernel } from './types.ts';

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  input(): number;
  scan(start: number, count: number, top: number): number;
}

/** Undefined where the engine does not know WebAssembly SIMD. */
export function createSimdKernel(): Kernel | undefined {
  const bytes = Buffer.from(KERNEL_BASE64, 'base64');
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(bytes)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { memory, input, scan } = exports as unknown as KernelExports;
  const words = new Uint32Array(memory.buffer, input(), 8 + 16);
  return {
    name: 'simd',
    load(midstate, tail) {
      words.set(midstate);
      words.set(tail, 8);
    },
    scan,
  };
}
