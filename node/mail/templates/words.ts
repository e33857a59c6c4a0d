// What each mail says, in plain words: subject, paragraphs, and at most one thing to do. Owns no markup and no address;
// nothing here speaks of a person's health.
import type { MailKind, MailValues } from '../mailer.ts';

export interface MailWords {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** Page of the portal, `token` for behind its `#`. */
  readonly action?: { readonly label: string; readonly page: string; readonly token?: string };
  /** After the action. */
  readonly closing?: string;
}

export interface Place {
  /** Of the clinic, as its members know it. */
  readonly clinic: string;
}

type Words = { readonly [K in MailKind]: (values: MailValues[K], place: Place) => MailWords };

const NOT_YOU = 'If this was not you, tell an administrator of the clinic now.';
const THINGS = { account: 'account', change: 'change of your details' } as const;

export const WORDS: Words = {
  invitation: ({ token, roles, until }, { clinic }) => ({
    subject: `Your invitation to ${clinic}`,
    paragraphs: [
      `You are invited to make an account at ${clinic}${roles.length === 0 ? '' : ` as ${roles.join(', ')}`}.`,
      `The link works once, until ${time(until)}.`,
    ],
    action: { label: 'Make your account', page: 'register', token },
    closing: 'Did you not expect this? Then do nothing: without the link there is no account.',
  }),
  waiting: (_values, { clinic }) => ({
    subject: `Your account at ${clinic} is waiting`,
    paragraphs: [
      'We have your request for an account. An administrator looks at it, and you get a mail when it is decided.',
      'Until then you cannot sign in.',
    ],
  }),
  'approval-needed': ({ count }, { clinic }) => ({
    subject: `${count === 1 ? 'Somebody waits' : `${count} people wait`} for you at ${clinic}`,
    paragraphs: ['Accounts or changes of details wait for an administrator to decide.'],
    action: { label: 'See who waits', page: 'admin/approvals' },
  }),
  approved: ({ what }, { clinic }) => ({
    subject: `Your ${THINGS[what]} at ${clinic} is approved`,
    paragraphs: [
      what === 'account' ? 'Your account is ready. You can sign in now.' : 'The new details are in use from now on.',
    ],
    action: what === 'account' ? { label: 'Sign in', page: 'sign-in' } : { label: 'See your details', page: 'account' },
  }),
  refused: ({ what, reason }, { clinic }) => ({
    subject: `Your ${THINGS[what]} at ${clinic} was not approved`,
    paragraphs: [`An administrator did not approve it. The reason: ${reason}`, 'Questions? Ask the clinic.'],
  }),
  reset: ({ name, token, until }, { clinic }) => ({
    subject: `A new password at ${clinic}`,
    paragraphs: [
      'Somebody, perhaps you, asked for a new password for your account.',
      `Your user name is ${name}.`,
      `The link works once, until ${time(until)}.`,
    ],
    action: { label: 'Choose a new password', page: 'reset', token },
    closing: 'If you did not ask, do nothing: your password stays as it is.',
  }),
  'password-changed': ({ at, address }, { clinic }) => ({
    subject: `Your password at ${clinic} was changed`,
    paragraphs: [`Your password was changed on ${time(at)}, from ${address}.`, NOT_YOU],
    action: { label: 'See where you are signed in', page: 'account/security' },
  }),
  'address-changed': ({ at, address }, { clinic }) => ({
    subject: `Mails of ${clinic} go to another address`,
    paragraphs: [
      `The mail address of your account was changed on ${time(at)}, from ${address}. This is the last mail to the old one.`,
      NOT_YOU,
    ],
    action: { label: 'See where you are signed in', page: 'account/security' },
  }),
  'new-sign-in': ({ at, device, address }, { clinic }) => ({
    subject: `A new sign-in at ${clinic}`,
    paragraphs: [
      `Somebody signed in to your account on ${time(at)} with ${device}, from ${address}, a device that we did not know.`,
      `If this was you, there is nothing to do. ${NOT_YOU}`,
    ],
    action: { label: 'See where you are signed in', page: 'account/security' },
  }),
  suspended: (_values, { clinic }) => ({
    subject: `Your account at ${clinic} is suspended`,
    paragraphs: [
      'Your account is suspended at every branch, and you are signed out everywhere.',
      'Questions? Ask an administrator of the clinic.',
    ],
  }),
  'recovery-started': ({ at, until }, { clinic }) => ({
    subject: `Somebody recovers your account at ${clinic}`,
    paragraphs: [
      `On ${time(at)} somebody with your recovery words asked for a new device for your account.`,
      `If this was you, there is nothing to do: the new device works from ${time(until)}.`,
      'If this was not you, sign in with a device that you still have, and stop it before then.',
    ],
    action: { label: 'Stop the recovery', page: 'account/security' },
  }),
  'recovery-asked': ({ at, until }, { clinic }) => ({
    subject: `Somebody asks to get into your account at ${clinic}`,
    paragraphs: [
      `On ${time(at)} somebody asked the people whom you trust to help to get back into your account.`,
      `If this was you, call them. It can be finished from ${time(until)}.`,
      'If this was not you, sign in on a device that you still have, and stop it before then.',
    ],
    action: { label: 'Stop it', page: 'account/security' },
  }),
  'recovery-help': ({ at, who }, { clinic }) => ({
    subject: `${who} may need your help at ${clinic}`,
    paragraphs: [
      `On ${time(at)} somebody asked for your help to get ${who} back into the account. It may be ${who}, or somebody else.`,
      `Call ${who} on a number that you know, and compare the words that you both see, before you help.`,
    ],
    action: { label: 'See the request', page: 'notifications' },
  }),
  'recovery-done': ({ at, address }, { clinic }) => ({
    subject: `Your account at ${clinic} has a new password`,
    paragraphs: [
      `On ${time(at)} the people whom you trust let somebody into your account, from ${address}. It has a new password, and you are signed out everywhere else.`,
      NOT_YOU,
    ],
    action: { label: 'Sign in', page: 'sign-in' },
  }),
  'emergency-opened': ({ at }, { clinic }) => ({
    subject: `Emergency access, ${clinic}`,
    paragraphs: [
      `On ${time(at)} somebody opened what clinics keep of you as emergency access, without asking you first.`,
      'It ends by itself after a short time, and a privacy officer reviews it.',
      'If you do not know why, ask the clinic.',
    ],
  }),
  'take-over-begun': ({ at }, { clinic }) => ({
    subject: `Somebody asks to decide about your records, ${clinic}`,
    paragraphs: [
      `On ${time(at)} this clinic learned that somebody asks for authority over what clinics keep of you.`,
      'If this was you, there is nothing to do. It takes at least three days.',
      'If this was not you, tell the clinic now: a clinic that knows you can stop it.',
    ],
  }),
  'take-over-asked': ({ at }, { clinic }) => ({
    subject: `A take-over to answer, ${clinic}`,
    paragraphs: [
      `On ${time(at)} this clinic learned that somebody asks for authority over what clinics keep of one of its patients.`,
      'Look whether the clinic knows of it, then acknowledge it or object: wardmesh takeover list names it.',
    ],
  }),
  'emergency-review': ({ at, until }, { clinic }) => ({
    subject: `Emergency access to review, ${clinic}`,
    paragraphs: [
      `On ${time(at)} emergency access was opened that concerns this clinic.`,
      `Its review is due by ${time(until)}. Until it is done, whoever opened it cannot open another one after that.`,
    ],
  }),
  test: (_values, { clinic }) => ({
    subject: `A test mail of ${clinic}`,
    paragraphs: ['Mail from this clinic arrives. There is nothing to do.'],
  }),
};

/** In UTC, and said so: the reader's zone is not known here. */
function time(ms: number): string {
  const text = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  return `${text.format(ms)} UTC`;
}
