// One thread for scrypt: one derivation at a time, behind the threads that answer people. Loads nothing that it does not need.
import { scryptSync } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { AFTER_OTHERS, lowerThreadPriority } from '../thread-priority.node.ts';
import type { Derivation } from './scrypt-threads.node.ts';

lowerThreadPriority(AFTER_OTHERS);
parentPort?.on('message', ({ secret, salt, length, cost }: Derivation) => {
  const key = new Uint8Array(scryptSync(secret, salt, length, cost));
  parentPort?.postMessage(key, [key.buffer]);
});
