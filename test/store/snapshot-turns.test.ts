// Writing a snapshot shares its thread with whoever reads.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { exportParts } from '../../node/store/snapshot/export.ts';
import type { PartRow } from '../../node/store/snapshot/part.ts';

const ROWS = 4096;
const NUMBER = 4;

async function* numbered(): AsyncGenerator<PartRow> {
  for (let i = 0; i < ROWS; i++) {
    const key = new Uint8Array(NUMBER);
    new DataView(key.buffer).setUint32(0, i);
    yield { key, value: key };
  }
}

it('lets others have their turn between a hundred rows, however fast these come', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'wardmesh-turns-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  let turns = 0;
  let counted: number | undefined;
  const rows = (async function* () {
    yield* numbered();
    counted = turns;
  })();
  let running = true;
  const turn = (): void => {
    turns++;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  const files = { scratch: join(directory, 'scratch'), parts: join(directory, 'parts') };
  const parts = await exportParts(rows, files);
  running = false;
  expect(parts.length).toBeGreaterThan(0);
  expect(counted).toBeGreaterThanOrEqual(ROWS / 128);
});
