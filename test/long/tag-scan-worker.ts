// One thread of the search over all addresses: test/long/threat-tags.test.ts says what part is its own.
import { parentPort, workerData } from 'node:worker_threads';
import { scan } from './tag-scan.ts';

const { key, tags, from, count } = workerData as { key: Uint8Array; tags: string[]; from: number; count: number };
parentPort?.postMessage(scan(key, new Set(tags), from, count));
