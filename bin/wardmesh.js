#!/usr/bin/env node
// Starts the CLI on a Node that can run TypeScript: this one from version 24 on, else the pinned `node` package.
// Owns nothing else; the commands live in cli/.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
// Whole: Node 20 has no enableCompileCache, and an import that names it would end there.
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const compiled = join(root, 'dist', 'cli', 'main.js');
const main = existsSync(join(root, 'cli', 'main.ts')) ? join(root, 'cli', 'main.ts') : compiled;

if (Number(process.versions.node.split('.')[0]) >= 24) {
  keepCompiled();
  const { run } = await import(main);
  await run(process.argv.slice(2));
} else {
  const runtime = pinnedNode();
  if (runtime === undefined) {
    process.stderr.write(`wardmesh needs Node 24 or later (this is ${process.version}); run "npm ci" first.\n`);
    process.exit(70);
  }
  const child = spawn(runtime, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}

/** In a clone: code without its types is kept, which halves the time and a third of the memory of a start. */
function keepCompiled() {
  const modules = join(root, 'node_modules');
  if (main === compiled || !existsSync(modules)) return;
  // Threads look for it here.
  process.env.NODE_COMPILE_CACHE ??= join(modules, '.cache', 'wardmesh');
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
}

function pinnedNode() {
  try {
    const path = join(dirname(module.createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node');
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
