// Compiles the mining kernel and writes it into the tree as base64, so that running needs no compiler.
// Owns the compiler's flags; a test rebuilds and compares. Run by `npm run build:kernel`.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main as assemblyScript } from 'assemblyscript/asc';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const KERNEL = join(ROOT, 'node', 'miner', 'kernel');
const FLAGS = '-O3 --runtime stub --noAssert --use abort= --enable simd'.split(' ');
const PAGES = 1;

/** The WebAssembly module that an AssemblyScript file gives; its memory has so many pages of 64 KiB. */
export async function compileAssembly(file: string, pages: number): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'wardmesh-kernel-'));
  try {
    const out = join(folder, 'out.wasm');
    const memory = ['--initialMemory', `${pages}`, '--maximumMemory', `${pages}`];
    const source = relative(ROOT, file);
    const { error, stderr } = await assemblyScript([source, '--baseDir', ROOT, '--outFile', out, ...FLAGS, ...memory]);
    if (error) throw new Error(`${source} does not compile: ${stderr.toString()}`, { cause: error });
    return new Uint8Array(readFileSync(out));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The mining kernel that the source in the tree gives. */
export function compileKernel(): Promise<Uint8Array> {
  return compileAssembly(join(KERNEL, 'assembly', 'kernel.ts'), PAGES);
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
