// The certificate of a clinic: made at the first start, renewed before its end, the operator's own by path.
import { mkdtemp, readFile, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { certificateFacts, makeSelfSigned } from '../../common/crypto/self-signed.node.ts';
import { createLogger } from '../../common/logger.ts';
import { loadConfig } from '../../node/config/load.ts';
import { dataPaths } from '../../node/data-directory.ts';
import { Certificates, type CertificatesOptions } from '../../node/tls/certificates.ts';
import { certificateNames, speaksTls } from '../../node/tls/names.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { waitFor } from '../helpers/wait-for.ts';

const DAY_MS = 86_400_000;

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'wardmesh-tls-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

async function start(root: string, options: Partial<CertificatesOptions> = {}, clock = new ManualClock()) {
  const logs: string[] = [];
  const config = loadConfig({ flags: { 'http-host': '0.0.0.0', 'http-hosts': 'clinic.example:443' } });
  const certificates = new Certificates(
    {
      certificate: '',
      key: '',
      selfSigned: dataPaths(root).tls,
      names: certificateNames(config, ['10.1.2.3']),
      ...options,
    },
    { clock, logger: createLogger({ destination: { write: (line) => void logs.push(line) } }) },
  );
  await certificates.start();
  onTestFinished(() => certificates.stop());
  return { certificates, clock, logs };
}

describe('a certificate that the clinic signs itself', () => {
  it('is made at the first start, for every name and address of the doors, and kept', async () => {
    const root = await directory();
    const { certificates } = await start(root);
    const { facts } = certificates;
    expect(facts.selfSigned).toBe(true);
    for (const host of ['localhost', 'clinic.example', '127.0.0.1', '::1', '10.1.2.3'])
      expect(facts.covers(host), host).toBe(true);
    expect(facts.covers('other.example')).toBe(false);
    const { key, certificate } = dataPaths(root).tls;
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect(await readFile(certificate, 'utf8')).toBe(certificates.current().certificate);
    expect((await start(root)).certificates.facts.fingerprint).toBe(facts.fingerprint);
  });

  it('is renewed thirty days before its end, and until then stays', async () => {
    const { certificates, clock } = await start(await directory());
    const first = certificates.facts;
    let changes = 0;
    certificates.onChange(() => changes++);
    // A clock at once at the day before the time: every half minute of two years would be many looks.
    clock.advance(first.until - clock.now() - 31 * DAY_MS - 60_000);
    await certificates.reload();
    expect(certificates.facts.fingerprint).toBe(first.fingerprint);
    clock.advance(DAY_MS + 120_000);
    await waitFor(() => certificates.facts.fingerprint !== first.fingerprint);
    expect(certificates.facts.until - clock.now()).toBeGreaterThan(800 * DAY_MS);
    expect(changes).toBeGreaterThan(0);
  });

  it('is made anew when a configured name is missing from it, when a file is gone or is damaged', async () => {
    const root = await directory();
    const { tls } = dataPaths(root);
    const seen = new Set([(await start(root)).certificates.facts.fingerprint]);
    const more = { names: ['localhost', 'new.example'], addresses: [], demanded: ['new.example'] };
    const named = await start(root, { names: more });
    expect(named.certificates.facts.covers('new.example')).toBe(true);
    seen.add(named.certificates.facts.fingerprint);
    await unlink(tls.key);
    seen.add((await start(root, { names: more })).certificates.facts.fingerprint);
    await writeFile(tls.certificate, 'nonsense');
    seen.add((await start(root, { names: more })).certificates.facts.fingerprint);
    expect(seen.size).toBe(4);
  });
});

describe("the operator's own certificate", () => {
  async function own(root: string, name: string) {
    const made = await makeSelfSigned({
      names: [name],
      addresses: [],
      from: new ManualClock().now() - DAY_MS,
      until: new ManualClock().now() + 90 * DAY_MS,
    });
    const files = { certificate: join(root, 'own.pem'), key: join(root, 'own.key') };
    await writeFile(files.certificate, made.certificate);
    await writeFile(files.key, made.key);
    return { ...made, files };
  }

  it('is taken anew when its files change, and never replaced by files that are no pair', async () => {
    const root = await directory();
    const first = await own(root, 'one.example');
    const { certificates, clock, logs } = await start(root, first.files);
    expect(certificates.current().certificate).toBe(first.certificate);
    // Half of a change: the key of the next one is not there yet.
    const second = await own(root, 'two.example');
    await writeFile(first.files.key, first.key);
    await utimes(first.files.certificate, 1, 1);
    clock.advance(30_000);
    await waitFor(() => logs.some((line) => line.includes('no good')));
    expect(certificates.current().certificate).toBe(first.certificate);
    await writeFile(first.files.key, second.key);
    await utimes(first.files.key, 2, 2);
    await waitFor(() => {
      clock.advance(30_000);
      return certificates.facts.covers('two.example');
    });
    expect(certificates.current()).toEqual({ certificate: second.certificate, key: second.key });
  });

  it('is taken anew on demand', async () => {
    const root = await directory();
    const first = await own(root, 'one.example');
    const { certificates } = await start(root, first.files);
    const second = await own(root, 'two.example');
    await certificates.reload();
    expect(certificates.facts.fingerprint).toBe(certificateFacts(second.certificate).fingerprint);
  });

  it('stops the start when a file is missing, only one is named or the two are no pair, and the error says which', async () => {
    const root = await directory();
    const { files } = await own(root, 'one.example');
    await expect(start(root, { ...files, key: join(root, 'none.key') })).rejects.toMatchObject({
      code: 'config.tls-file',
      message: expect.stringContaining('none.key'),
    });
    await expect(start(root, { ...files, key: '' })).rejects.toMatchObject({ code: 'config.tls-half' });
    await writeFile(files.key, (await own(await directory(), 'two.example')).key);
    await expect(start(root, files)).rejects.toMatchObject({ code: 'config.tls-pair' });
  });

  it('is warned of once when it ends within thirty days', async () => {
    const root = await directory();
    const { files } = await own(root, 'one.example');
    const { clock, logs } = await start(root, files);
    clock.advance(61 * DAY_MS);
    const warnings = (): number => logs.filter((line) => line.includes('ends soon')).length;
    await waitFor(() => warnings() === 1);
    for (let look = 0; look < 5; look++) await clock.advanceAsync(30_000);
    expect(warnings()).toBe(1);
  });
});

describe('whether the doors speak TLS', () => {
  it.each([
    [{ 'http-host': '127.0.0.1' }, false],
    [{ 'http-host': '::1' }, false],
    [{ 'http-host': 'localhost' }, false],
    [{ 'http-host': '0.0.0.0' }, true],
    [{ 'http-host': '192.0.2.4' }, true],
    [{ 'http-host': '0.0.0.0', 'tls-mode': 'off' }, false],
    [{ 'http-host': '127.0.0.1', 'tls-mode': 'own' }, true],
    [{ 'http-host': '127.0.0.1', 'tls-certificate': '/etc/own.pem' }, true],
  ] as const)('%j: %s', (flags, expected) => {
    expect(speaksTls(loadConfig({ flags }))).toBe(expected);
  });

  it('names in a certificate no host that is none, and addresses as addresses', () => {
    const config = loadConfig({
      flags: {
        'http-host': '::',
        'http-hosts': '[2001:db8::1]:8641,a b,b.example',
        'http-public-url': 'https://P.example',
      },
    });
    expect(certificateNames(config, ['10.0.0.1'])).toEqual({
      names: ['localhost', 'b.example', 'p.example'],
      addresses: ['2001:db8::1', '127.0.0.1', '::1', '10.0.0.1'],
      demanded: ['2001:db8::1', 'b.example', 'p.example'],
    });
  });
});
