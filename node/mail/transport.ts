// One mail over SMTP, and what a failure means: that this mail will never arrive, may arrive later, or that no mail gets
// through at all now. Owns the connection, no queue.
import { readFile } from 'node:fs/promises';
import type { MailRecipient } from './mailer.ts';
import { plain, type RenderedMail } from './templates/render.ts';

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  readonly security: 'starttls' | 'tls' | 'none';
  /** PEM file of the authority of the server's certificate; '' for the public ones. */
  readonly ca: string;
  readonly user: string;
  readonly passwordFile: string;
  readonly from: string;
  /** Shown beside the address. */
  readonly fromName: string;
  /** ms, for each step of the conversation; standard when absent. */
  readonly stepTimeoutMs?: number;
}

export interface OutgoingMail extends RenderedMail {
  readonly to: MailRecipient;
  /** The same each time that it is tried. */
  readonly name: string;
}

/** `outage`: of the server or of our settings, the mail is not to blame. */
export type Delivery =
  | { readonly result: 'sent' }
  | { readonly result: 'later' | 'never' | 'outage'; readonly reason: string };

export interface MailTransport {
  /** Cut by `signal`, it was an outage. Never rejects. */
  deliver(mail: OutgoingMail, signal: AbortSignal): Promise<Delivery>;
}

const STEP_TIMEOUT_MS = 20_000;
/** Beyond it a server is as good as down: one slow mail holds up all behind it. */
const MAIL_TIMEOUT_FACTOR = 3;

/** Loaded with the first mail: a clinic without a mail server needs none of it. */
const library = () => import('nodemailer');

export function smtpTransport(options: SmtpOptions): MailTransport {
  return {
    deliver: async (mail, signal) => {
      try {
        await sendOnce(options, mail, signal);
        return { result: 'sent' };
      } catch (error) {
        return failure(error as SmtpError);
      }
    },
  };
}

async function sendOnce(options: SmtpOptions, mail: OutgoingMail, signal: AbortSignal): Promise<void> {
  const { host, port, security, ca, user, passwordFile, from, fromName, stepTimeoutMs = STEP_TIMEOUT_MS } = options;
  const limit = stepTimeoutMs * MAIL_TIMEOUT_FACTOR;
  const { createTransport } = (await library()).default;
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { minVersion: 'TLSv1.2', ...(ca === '' ? {} : { ca: await readFile(ca, 'utf8') }) },
    auth: user === '' ? undefined : { user, pass: (await readFile(passwordFile, 'utf8')).trim() },
    connectionTimeout: stepTimeoutMs,
    greetingTimeout: stepTimeoutMs,
    socketTimeout: stepTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const { to, subject, text, html, name } = mail;
  const message = {
    from: { name: plain(fromName), address: from },
    to: { name: plain(to.name ?? ''), address: to.address },
    subject,
    text,
    html,
    messageId: `<${name}@${from.slice(from.indexOf('@') + 1)}>`,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(limit)]),
  };
  try {
    await transport.sendMail(message);
  } finally {
    transport.close();
  }
}

interface SmtpError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

/** The server's own words are kept, without the mail: administrators read them. */
function failure({ code = '', responseCode, response, message }: SmtpError): Delivery {
  const reason = plain(response ?? message);
  // Refused by the library, before the server was asked.
  if (responseCode === undefined && (code === 'EENVELOPE' || code === 'EMESSAGE')) return { result: 'never', reason };
  // 421: the server is closing. Without an answer, or before the mail was told, nothing is said of the mail.
  if (responseCode === undefined || responseCode === 421 || code === 'EAUTH' || code === 'ETLS') {
    return { result: 'outage', reason };
  }
  return { result: responseCode >= 500 ? 'never' : 'later', reason };
}
