// One mail as the queue keeps it: what was asked for, not what was rendered, and how far it came.
import type { MailKind, MailRecipient, MailValues } from './mailer.ts';
import { WORDS } from './templates/words.ts';

export interface QueuedMail {
  /** Order of asking, also its name at the mail server: sent twice, it is one mail. */
  readonly order: number;
  readonly kind: MailKind;
  readonly to: MailRecipient;
  readonly values: MailValues[MailKind];
  /** ms. */
  readonly made: number;
  readonly endsAt: number;
  readonly attempts: number;
  /** ms; not before. */
  readonly nextAt: number;
}

/** A mail that will not arrive, without what it would have said. */
export interface FailedMail {
  readonly order: number;
  readonly kind: MailKind;
  readonly to: string;
  readonly made: number;
  readonly failed: number;
  readonly reason: string;
}

export const MAX_ADDRESS_CHARS = 254;
const MAX_NAME_CHARS = 200;
/** One address, as ASCII: no list, no comment, no route, no quoting, nothing that ends a line. */
const ADDRESS =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;

export function isMailAddress(text: string): boolean {
  return text.length <= MAX_ADDRESS_CHARS && ADDRESS.test(text);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeMail(mail: QueuedMail | FailedMail): Uint8Array {
  return encoder.encode(JSON.stringify(mail));
}

/** Our own writing, sealed by the database. Undefined for a kind that this version does not know. */
export function decodeQueued(bytes: Uint8Array): QueuedMail | undefined {
  const mail = JSON.parse(decoder.decode(bytes)) as QueuedMail;
  return mail.kind in WORDS ? mail : undefined;
}

export function decodeFailed(bytes: Uint8Array): FailedMail {
  return JSON.parse(decoder.decode(bytes)) as FailedMail;
}

/** With a name that is short enough to be one. */
export function recipientOf({ address, name }: MailRecipient): MailRecipient {
  return name === undefined ? { address } : { address, name: name.slice(0, MAX_NAME_CHARS) };
}
