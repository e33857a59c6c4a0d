// Which clinic of this machine the command speaks to.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { clinicAt } from '../../cli/own-clinic.ts';
import { dataPaths } from '../../node/data-directory.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'wardmesh-own-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('finds a clinic at the port that it was started with, also where a flag named it', () => {
  const paths = dataPaths(directory);
  writeFileSync(paths.config, JSON.stringify({ http: { port: 8650 } }));
  expect(clinicAt(directory)?.url).toBe('http://localhost:8650');
  writeFileSync(paths.doors, JSON.stringify({ port: 9123 }));
  expect(clinicAt(directory)?.url).toBe('http://localhost:9123');
});

it('knows a clinic by the certificate that it made, and by none before its first start', () => {
  const paths = dataPaths(directory);
  writeFileSync(paths.config, JSON.stringify({ http: { host: '192.0.2.7' } }));
  expect(clinicAt(directory)).toMatchObject({ url: 'https://192.0.2.7:8641', certificate: undefined });
  mkdirSync(dirname(paths.tls.certificate));
  writeFileSync(paths.tls.certificate, '');
  expect(clinicAt(directory)?.certificate).toBe(paths.tls.certificate);
});
