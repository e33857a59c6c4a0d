// Compiles the mining kernel and writes it into the tree as base64, so that running needs no compiler.
// Owns the compiler's flags; a test rebuilds and compares. Run by `npm run build:kernel`.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main as assemblyScript } from 'assemblyscript/asc';

const KERNEL = fileURLToPath(new URL('../node/miner/kernel/', import.meta.url));
const FLAGS = '-O3 --runtime stub --noAssert --use abort= --enable simd --initialMemory 1 --maximumMemory 1'.split(' ');

/** The WebAssembly module that the source in the tree gives. */
export async function compileKernel(): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'wardmesh-kernel-'));
  try {
    const out = join(folder, 'kernel.wasm');
    const { error, stderr } = await assemblyScript([
      'assembly/kernel.ts',
      '--baseDir',
      KERNEL,
      '--outFile',
      out,
      ...FLAGS,
    ]);
    if (error) throw new Error(`the kernel does not compile: ${stderr.toString()}`, { cause: error });
    return new Uint8Array(readFileSync(out));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The file that carries the module. */
export function kernelFile(wasm: Uint8Array): string {
  const lines =
    Buffer.from(wasm)
      .toString('base64')
      .match(/.{1,110}/g) ?? [];
  return [
    '// Built from assembly/kernel.ts by `npm run build:kernel`; do not edit. A test rebuilds it and compares.',
    '',
    `export const KERNEL_SHA256 = '${createHash('sha256').update(wasm).digest('hex')}';`,
    '',
    'export const KERNEL_BASE64 =',
    ...lines.map((line, index) => `  '${line}'${index === lines.length - 1 ? ';' : ' +'}`),
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(KERNEL, 'kernel.ts'), kernelFile(await compileKernel()));
}
