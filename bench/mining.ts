// Hashes a second of one thread: both kernels beside node:crypto hashing the same preimages in a loop.
import { hash } from 'node:crypto';
import { headerPreimage } from '../consensus/chain/header.ts';
import { createJavaScriptKernel } from '../node/miner/kernel/javascript.ts';
import { createSimdKernel } from '../node/miner/kernel/simd.ts';
import type { Kernel } from '../node/miner/kernel/types.ts';
import { Search } from '../node/miner/search.ts';
import { benchmark, type Job, SHORT } from './lib/benchmark.ts';

const HASHES = SHORT ? 100_000 : 400_000;
const TARGET = 8;
const LIMIT = 'crypto.hash in a loop';

const zeros = new Uint8Array(32);
const preimage = headerPreimage({
  version: 1,
  height: 1,
  parent: zeros,
  txRoot: zeros,
  outcomeRoot: zeros,
  stateRoot: zeros,
  historyRoot: zeros,
  memberSet: 0,
  signer: 1,
  timestamp: 1_790_000_000_000,
  target: 0n,
  extraNonce: 0n,
  nonce: 0n,
});

function kernelJob(name: string, kernel: Kernel, target?: number): Job {
  const search = new Search(kernel, preimage, 0n);
  const run = () => {
    const before = search.tried;
    const count = kernel.name === 'simd' ? 10 * HASHES : HASHES;
    if (search.next(count) !== undefined) throw new Error('nothing meets a target of 0');
    return search.tried - before;
  };
  return { name, unit: 'hashes', run, limit: LIMIT, target };
}

const simd = createSimdKernel();
const input = Buffer.from(preimage);
await benchmark({ name: 'mining', about: `double SHA-256 of ${preimage.length} bytes on one thread` }, [
  {
    name: LIMIT,
    unit: 'hashes',
    run: () => {
      for (let nonce = 0; nonce < HASHES; nonce++) {
        input.writeUInt32BE(nonce, input.length - 4);
        hash('sha256', hash('sha256', input, 'buffer'), 'buffer');
      }
      return HASHES;
    },
  },
  ...(simd === undefined ? [] : [kernelJob('WebAssembly SIMD kernel', simd, TARGET)]),
  kernelJob('JavaScript kernel', createJavaScriptKernel()),
]);
