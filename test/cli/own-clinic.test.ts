// Which clinic of this machine the command speaks to.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { clinicAt } from '../../cli/own-clinic.ts';
import { dataPaths } from '../../node/data-directory.ts';

const directory = mkdtempSync(join(tmpdir(), 'wardmesh-own-'));

afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('finds a clinic at the port that it was started with, also where a flag named it', () => {
  const paths = dataPaths(directory);
  writeFileSync(paths.config, JSON.stringify({ http: { port: 8650 } }));
  expect(clinicAt(directory)?.url).toBe('http://localhost:8650');
  writeFileSync(paths.doors, JSON.stringify({ port: 9123 }));
  expect(clinicAt(directory)?.url).toBe('http://localhost:9123');
});
