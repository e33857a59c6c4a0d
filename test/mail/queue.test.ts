// The queue of mails against a real SMTP server: outages, refusals, slowness, restarts, bounds.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLogger } from '../../common/logger.ts';
import { MAX_FAILED_MAILS, MailQueue } from '../../node/mail/mail-queue.ts';
import { type MailTransport, type SmtpOptions, smtpTransport } from '../../node/mail/transport.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { headerOf, partsOf, startSmtp } from './smtp.ts';

const HOUR_MS = 3_600_000;

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'wardmesh-mail-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

const smtpAt = (port: number, more: Partial<SmtpOptions> = {}): SmtpOptions => ({
  ...{ host: '127.0.0.1', port, security: 'none', ca: '', user: '', passwordFile: '' },
  ...{ from: 'wardmesh@northside.example', fromName: 'Northside', stepTimeoutMs: 2000 },
  ...more,
});

async function start(transport: MailTransport, clock = new ManualClock(), path?: string) {
  const logs: string[] = [];
  const root = path ?? (await directory());
  const database = new LocalDatabase({ path: join(root, 'mail'), name: 'mails', key: new Uint8Array(32).fill(7) });
  const queue = new MailQueue(
    { clinic: 'Northside', nameSeed: 'seed', site: () => 'https://portal.example' },
    { database, transport, clock, logger: createLogger({ destination: { write: (line) => void logs.push(line) } }) },
  );
  await queue.start();
  onTestFinished(() => queue.stop());
  const idle = (): Promise<unknown> => waitFor(() => queue.status.waiting === 0);
  return { queue, clock, logs, root, idle };
}

const ada = { address: 'ada@example.org', name: 'Ada' };

describe('a mail', () => {
  it('reaches the server with text, HTML, its sender and one recipient, and is forgotten here', async () => {
    const smtp = await startSmtp();
    const { queue, idle } = await start(smtpTransport(smtpAt(smtp.port)));
    await queue.send('invitation', ada, { token: 'tok', roles: ['doctor'], until: Date.UTC(2030, 0) });
    await idle();
    const [mail] = smtp.mails;
    expect([mail.from, mail.to]).toEqual(['wardmesh@northside.example', ['ada@example.org']]);
    expect(headerOf(mail.raw, 'from')).toBe('Northside <wardmesh@northside.example>');
    expect(headerOf(mail.raw, 'to')).toBe('Ada <ada@example.org>');
    expect(headerOf(mail.raw, 'auto-submitted')).toBe('auto-generated');
    expect(headerOf(mail.raw, 'message-id')).toMatch(/^<[0-9a-z]+\.seed@northside\.example>$/);
    const { text, html } = partsOf(mail.raw);
    expect(text.replace(/\r\n/g, '\n')).toContain('https://portal.example/register#tok\n');
    expect(html).toContain('href="https://portal.example/register#tok"');
    expect(queue.status).toEqual({ waiting: 0, failed: [], outage: null });
  });

  it('goes over STARTTLS or TLS with user and password from a file, to a server that the authority vouches for', async () => {
    const root = await directory();
    await writeFile(join(root, 'password'), 'se cret\n');
    for (const security of ['starttls', 'tls'] as const) {
      const user = { name: 'northside', password: 'se cret' };
      const smtp = await startSmtp({ secure: security === 'tls', startTls: security === 'starttls', user });
      await writeFile(join(root, 'ca.pem'), smtp.certificate);
      const secure = { security, user: user.name, passwordFile: join(root, 'password'), ca: join(root, 'ca.pem') };
      const { queue, idle } = await start(smtpTransport(smtpAt(smtp.port, secure)));
      await queue.send('test', ada, {});
      await idle();
      expect(smtp.mails.map((mail) => [mail.secure, mail.user])).toEqual([[true, user.name]]);
    }
  });

  it('is never told to a server without TLS where TLS is asked for, nor to one with a foreign certificate', async () => {
    const plain = await startSmtp();
    const foreign = await startSmtp({ startTls: true });
    for (const { port } of [plain, foreign]) {
      const { queue } = await start(smtpTransport(smtpAt(port, { security: 'starttls' })));
      await queue.send('reset', ada, { name: 'ada', token: 'secret-token', until: Date.UTC(2030, 0) });
      await waitFor(() => queue.status.outage !== null);
      expect(queue.status.waiting).toBe(1);
    }
    expect([...plain.mails, ...foreign.mails]).toEqual([]);
  });

  it('cannot be given another recipient or header by what it says', async () => {
    const smtp = await startSmtp();
    const { queue, idle, logs } = await start(smtpTransport(smtpAt(smtp.port)));
    const name = 'Ada\r\nBcc: victim@example.org\r\n\r\nBody';
    await queue.send('refused', { address: 'ada@example.org', name }, { what: 'account', reason: '\r\n.\r\nQUIT\r\n' });
    for (const address of ['ada@example.org\r\nRCPT TO:<victim@example.org>', 'a@example.org, victim@example.org'])
      await queue.send('test', { address }, {});
    await idle();
    expect(smtp.mails).toHaveLength(1);
    expect(smtp.mails[0].to).toEqual(['ada@example.org']);
    expect(headerOf(smtp.mails[0].raw, 'bcc')).toBeUndefined();
    expect(logs.filter((line) => line.includes('an address that is none'))).toHaveLength(2);
    expect(logs.join()).not.toContain('victim');
  });
});

describe('the queue', () => {
  it('waits out a server that is down, over a restart, and delivers each mail once', async () => {
    const first = await startSmtp();
    const { port } = first;
    await first.stop();
    const clock = new ManualClock();
    const { queue, root } = await start(smtpTransport(smtpAt(port)), clock);
    for (let index = 0; index < 3; index++) await queue.send('test', { address: `u${index}@example.org` }, {});
    await waitFor(() => queue.status.outage !== null);
    expect(queue.status.waiting).toBe(3);
    await queue.stop();

    const again = await start(smtpTransport(smtpAt(port)), clock, root);
    await waitFor(() => again.queue.status.outage !== null);
    const smtp = await startSmtp({}, port);
    clock.advance(10_000);
    await again.idle();
    expect(smtp.mails.flatMap(({ to }) => to)).toEqual(['u0@example.org', 'u1@example.org', 'u2@example.org']);
    expect(again.queue.status.outage).toBeNull();
  });

  it('tries again later what the server puts off, and gives up at once what it refuses for good', async () => {
    let putOff = 2;
    const smtp = await startSmtp({
      refuse: ({ to }) => {
        if (to[0].startsWith('gone')) return { code: 550, text: 'No such user here' };
        return to[0].startsWith('busy') && putOff-- > 0 ? { code: 451, text: 'Greylisted' } : undefined;
      },
    });
    const { queue, clock, idle } = await start(smtpTransport(smtpAt(smtp.port)));
    await queue.send('test', { address: 'busy@example.org' }, {});
    await queue.send(
      'reset',
      { address: 'gone@example.org' },
      { name: 'ada', token: 'secret-token', until: clock.now() + HOUR_MS },
    );
    await waitFor(() => queue.status.failed.length === 1);
    expect(queue.status.failed[0]).toMatchObject({ kind: 'reset', to: 'gone@example.org' });
    expect(queue.status.failed[0].reason).toContain('No such user here');
    expect(JSON.stringify(queue.status)).not.toContain('secret-token');
    expect(smtp.mails).toEqual([]);
    await waitFor(() => clock.pending > 0);
    clock.advance(60_000);
    await waitFor(() => putOff === 0 && clock.pending > 0);
    clock.advance(4 * 60_000);
    expect(queue.status.waiting).toBe(1);
    clock.advance(60_000);
    await idle();
    expect(smtp.mails.flatMap(({ to }) => to)).toEqual(['busy@example.org']);
  });

  it('gives up a mail whose link is over, and says why it never went', async () => {
    const { queue, clock } = await start({ deliver: async () => ({ result: 'outage', reason: 'no route' }) });
    await queue.send('reset', ada, { name: 'ada', token: 'tok', until: clock.now() + HOUR_MS });
    await waitFor(() => queue.status.outage !== null);
    for (let minute = 0; minute < 65; minute += 5) await clock.advanceAsync(5 * 60_000);
    await waitFor(() => queue.status.failed.length === 1);
    expect(queue.status).toMatchObject({ waiting: 0, failed: [{ reason: 'no route' }] });
  });

  it('is not held up for ever by a server that says nothing, or stops in the middle', async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const { port } = server.address() as { port: number };
    const mute = await start(smtpTransport(smtpAt(port, { stepTimeoutMs: 150 })));
    await mute.queue.send('test', ada, {});
    await waitFor(() => mute.queue.status.outage !== null);
    expect(mute.queue.status.waiting).toBe(1);

    const stuck = await startSmtp({ hold: () => new Promise(() => undefined) });
    const half = await start(smtpTransport(smtpAt(stuck.port, { stepTimeoutMs: 150 })));
    await half.queue.send('test', ada, {});
    await waitFor(() => half.queue.status.outage !== null);
    expect(half.queue.status.waiting).toBe(1);
  });

  it('stops at once in the middle of a mail', async () => {
    let reached = false;
    const slow = await startSmtp({
      hold: () => {
        reached = true;
        return new Promise(() => undefined);
      },
    });
    const { queue } = await start(smtpTransport(smtpAt(slow.port, { stepTimeoutMs: 60_000 })));
    await queue.send('test', ada, {});
    await waitFor(() => reached);
    const began = performance.now();
    await queue.stop();
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('lets nobody be flooded: ten mails an hour for one address, however it is written', async () => {
    const smtp = await startSmtp();
    const { queue, clock, idle } = await start(smtpTransport(smtpAt(smtp.port)));
    for (let index = 0; index < 30; index++)
      await queue.send('test', { address: index % 2 === 0 ? 'ada@example.org' : 'ADA@Example.org' }, {});
    await queue.send('test', { address: 'bob@example.org' }, {});
    await idle();
    expect(smtp.mails.map(({ to }) => to[0].toLowerCase()).filter((to) => to.startsWith('ada'))).toHaveLength(10);
    expect(smtp.mails).toHaveLength(11);
    clock.advance(HOUR_MS / 10);
    await queue.send('test', ada, {});
    await idle();
    expect(smtp.mails).toHaveLength(12);
  });

  it('keeps a bounded list of what failed, and secrets out of the files', async () => {
    const { queue, idle, root } = await start({ deliver: async () => ({ result: 'never', reason: 'refused' }) });
    for (let index = 0; index < MAX_FAILED_MAILS + 5; index++)
      await queue.send('test', { address: `user-${index}@example.org` }, {});
    await idle();
    expect(queue.status.failed).toHaveLength(MAX_FAILED_MAILS);
    expect(queue.status.failed[0].to).toBe(`user-${MAX_FAILED_MAILS + 4}@example.org`);

    const outage = await start({ deliver: async () => ({ result: 'outage', reason: 'down' }) });
    await outage.queue.send('reset', ada, { name: 'ada', token: 'CANARY-TOKEN', until: Date.UTC(2030, 0) });
    await outage.queue.stop();
    for (const path of [root, outage.root]) {
      const files = await filesBelow(path);
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) expect((await readFile(file)).includes('CANARY-TOKEN'), file).toBe(false);
    }
  });
});

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
