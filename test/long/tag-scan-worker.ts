// One thread of the search over all addresses: test/long/threat-tags.test.ts says what part is its own.
import { parentPort, workerData } from 'node:worker_threads';
import type { ThreatKey } from '../../gateway/threat-seal.ts';
import { scan } from './tag-scan.ts';

interface Part {
  readonly wasm: Uint8Array;
  readonly key: ThreatKey;
  readonly tags: readonly string[];
  readonly from: number;
  readonly count: number;
}

const { wasm, key, tags, from, count } = workerData as Part;
parentPort?.postMessage(scan(wasm, key, new Set(tags), from, count));
