// A real SMTP server on loopback that keeps what it gets and answers as a test says.
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';
import { makeSelfSigned } from '../../common/crypto/self-signed.node.ts';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly secure: boolean;
  readonly user: string | undefined;
}

export interface SmtpSettings {
  readonly secure?: boolean;
  readonly startTls?: boolean;
  readonly user?: { readonly name: string; readonly password: string };
  /** Answers of the server at the end of a mail: undefined takes it. */
  refuse?(mail: ReceivedMail): { readonly code: number; readonly text: string } | undefined;
  /** Waits before the answer at the end of a mail. */
  hold?(): Promise<void>;
}

export interface SmtpFixture {
  readonly port: number;
  readonly certificate: string;
  readonly mails: ReceivedMail[];
  stop(): Promise<void>;
}

let pair: ReturnType<typeof makeSelfSigned> | undefined;

/** Until the end of the test. */
export async function startSmtp(settings: SmtpSettings = {}, port = 0): Promise<SmtpFixture> {
  const fixture = await startSmtpServer(settings, port);
  onTestFinished(fixture.stop);
  return fixture;
}

/** Whoever starts it stops it. */
export async function startSmtpServer(settings: SmtpSettings = {}, port = 0): Promise<SmtpFixture> {
  pair ??= makeSelfSigned({
    names: ['localhost'],
    addresses: ['127.0.0.1'],
    from: Date.now() - 60_000,
    until: Date.now() + 86_400_000,
  });
  const { certificate, key } = await pair;
  const mails: ReceivedMail[] = [];
  const { user, secure = false, startTls = false } = settings;
  const options: SMTPServerOptions = {
    ...(secure || startTls ? { cert: certificate, key } : {}),
    secure,
    disabledCommands: [...(startTls ? [] : ['STARTTLS']), ...(user === undefined ? ['AUTH'] : [])],
    authOptional: user === undefined,
    logger: false,
    onAuth: ({ username, password }, _session, done) =>
      username === user?.name && password === user?.password
        ? done(null, { user: username })
        : done(new Error('Invalid username or password')),
    onData: (stream, session, done) => {
      let raw = '';
      stream.on('data', (chunk: Buffer) => {
        raw += chunk.toString('utf8');
      });
      stream.once('end', async () => {
        const { mailFrom, rcptTo } = session.envelope;
        const mail: ReceivedMail = {
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw,
          secure: session.secure,
          user: session.user,
        };
        await settings.hold?.();
        const refusal = settings.refuse?.(mail);
        if (refusal !== undefined) return done(Object.assign(new Error(refusal.text), { responseCode: refusal.code }));
        mails.push(mail);
        done();
      });
    },
  };
  const server = new SMTPServer(options);
  // What a client that leaves in the middle causes.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.server.address();
  const stop = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  return { port: typeof address === 'object' && address !== null ? address.port : 0, certificate, mails, stop };
}

/** Header of a mail, its folded lines joined. */
export function headerOf(raw: string, name: string): string | undefined {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ');
  return head
    .split('\r\n')
    .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    ?.slice(name.length + 1)
    .trim();
}

/** Text and HTML of a mail, decoded. */
export function partsOf(raw: string): { readonly text: string; readonly html: string } {
  const boundary = /boundary="([^"]+)"/.exec(raw)?.[1] ?? '';
  const parts = raw.split(`--${boundary}`).slice(1, 3);
  const [text, html] = parts.map((part) => {
    const head = part.slice(0, part.indexOf('\r\n\r\n'));
    const body = part.slice(part.indexOf('\r\n\r\n') + 4);
    if (/base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8');
    if (!/quoted-printable/i.test(head)) return body;
    const bytes = body
      .replace(/=\r\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8');
  });
  return { text, html };
}
