// A clinic with TLS of its own as a process, and the command that talks to it: known by its certificate alone.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificateFacts, makeSelfSigned } from '../../common/crypto/self-signed.node.ts';
import { runCommand, TestNetwork } from '../helpers/devnet.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { getTls, handshake } from './client.ts';

const MINUTE = 60_000;
let net: TestNetwork;

beforeAll(async () => {
  net = await TestNetwork.found({ clinics: 1, config: { tls: { mode: 'own' } } });
  await net.start(1);
}, MINUTE);
afterAll(() => net?.remove(), MINUTE);

const command = (words: readonly string[], environment: Record<string, string> = {}) =>
  runCommand(words, { WARDMESH_DATA: net.clinic(1).directory, ...environment });

describe('a clinic that signed its certificate itself', { timeout: 2 * MINUTE }, () => {
  it('prints its fingerprint when it starts and when it is asked, and the command finds it by WARDMESH_DATA', async () => {
    const { paths, log, httpPort } = net.clinic(1);
    const { fingerprint } = certificateFacts(readFileSync(paths.tls.certificate, 'utf8'));
    expect(statSync(paths.tls.key).mode & 0o777).toBe(0o600);
    expect(readFileSync(log, 'utf8')).toContain(fingerprint);
    expect(readFileSync(log, 'utf8')).toContain(`https://127.0.0.1:${httpPort}`);
    const { code, stdout, stderr } = await command(['--json', 'status']);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).certificate).toMatchObject({ fingerprint, selfSigned: true });
    expect((await command(['status'])).stdout).toContain(fingerprint);
  });

  it('is no clinic to a command that has another certificate, or none: the token goes to nobody else', async () => {
    const { directory, httpPort } = net.clinic(1);
    const other = await makeSelfSigned({
      names: ['localhost'],
      addresses: ['127.0.0.1'],
      from: Date.now() - MINUTE,
      until: Date.now() + 60 * MINUTE,
    });
    writeFileSync(join(directory, 'other.pem'), other.certificate);
    const node = ['--node', `https://localhost:${httpPort}`, '--token', 'A'.repeat(43)];
    expect((await command(['status', '--certificate', join(directory, 'other.pem')])).code).toBe(3);
    expect((await runCommand(['status', ...node])).code).toBe(3);
    expect((await command(['status', '--certificate', join(directory, 'none.pem')])).code).toBe(2);
    const plain = await runCommand(['status', '--node', `http://localhost:${httpPort}`, '--token', 'A'.repeat(43)]);
    expect(plain.code).not.toBe(0);
  });

  it('takes another certificate on SIGHUP, while connections stay', async () => {
    const { paths, httpPort } = net.clinic(1);
    const before = readFileSync(paths.tls.certificate, 'utf8');
    const kept = await handshake(httpPort, { ca: before });
    const next = await makeSelfSigned({
      names: ['localhost'],
      addresses: ['127.0.0.1'],
      from: Date.now() - MINUTE,
      until: Date.now() + 400 * 86_400_000,
    });
    writeFileSync(paths.tls.key, next.key);
    writeFileSync(paths.tls.certificate, next.certificate);
    process.kill(net.pid(1) as number, 'SIGHUP');
    await waitFor(
      () =>
        getTls(httpPort, '/health/live', next.certificate).then(
          ({ status }) => status === 200,
          () => false,
        ),
      { what: 'the other certificate' },
    );
    const answer = new Promise<string>((resolve) => kept.once('data', (data) => resolve(data.toString())));
    kept.write('GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n');
    expect(await answer).toContain('200 OK');
    kept.destroy();
    expect((await command(['status'])).stdout).toContain(certificateFacts(next.certificate).fingerprint);
  });
});
