// Why something about a person was not done: codes that the schemas declare, and what peers are told.
import { CodedError } from '../../common/errors.ts';

export type PeopleErrorType =
  /** Whatever was wrong about a sign-in: never which part. */
  | { code: 'session.refused' }
  | { code: 'session.waiting' }
  | { code: 'session.suspended' }
  | { code: 'session.busy' }
  | { code: 'session.http-only' }
  | { code: 'session.no-factor' }
  /** The passkeys of the person belong to another address. */
  | { code: 'session.factor-elsewhere' }
  | { code: 'session.factor-needed' }
  | { code: 'session.passkeys'; reason: string }
  | { code: 'rpc.rate-limited'; retryAfterMs: number }
  | { code: 'rpc.forbidden' }
  | { code: 'account.bad-link' }
  | { code: 'account.bad-name' }
  | { code: 'account.name-taken' }
  | { code: 'account.bad-statement' }
  | { code: 'account.closed' }
  | { code: 'account.no-way-in' }
  | { code: 'account.vault-version'; version: number }
  | { code: 'account.nothing-started' }
  | { code: 'account.no-factor' }
  | { code: 'account.full' }
  | { code: 'account.wallet-taken' }
  | { code: 'account.photo' }
  /** Not these people, not so many, or not with these keys. */
  | { code: 'recovery.guardians' }
  /** Nobody guards the own account. */
  | { code: 'recovery.self' }
  /** Others were chosen in the meantime: the next version is another one. */
  | { code: 'recovery.version'; version: number }
  /** What is to be kept contradicts itself. */
  | { code: 'recovery.commitment' }
  /** No such request, or it is over. */
  | { code: 'recovery.unknown' }
  /** Whatever is missing: the time, shares, the request itself. */
  | { code: 'recovery.not-ready' }
  /** The shares were not joined. */
  | { code: 'recovery.proof' }
  /** No such user, invitation or approval; or it is decided already. */
  | { code: 'people.unknown' }
  | { code: 'people.decided' }
  /** An administrator cannot do this to the last administrator, or to the own account. */
  | { code: 'people.last-administrator' }
  | { code: 'people.own' }
  /** The bound on users, or on what is kept of one. */
  | { code: 'people.full' }
  /** A row of the future: the clock of a branch is wrong. */
  | { code: 'people.clock'; aheadMs: number };

const SENTENCES: Readonly<Record<PeopleErrorType['code'], string>> = {
  'session.refused': 'This did not work: check what you entered',
  'session.waiting': 'Your account waits for an administrator',
  'session.suspended': 'Your account is suspended: ask an administrator',
  'session.busy': 'Too many people sign in at once: try again in a moment',
  'session.http-only': 'This sets a cookie: call it alone, over HTTP',
  'session.no-factor': 'You have no second factor yet: set one up first',
  'session.factor-elsewhere': 'Your passkey belongs to another address: sign in there and set up an authenticator',
  'session.factor-needed': 'Confirm with your second factor first',
  'session.passkeys': 'Passkeys are not possible at this address',
  'rpc.rate-limited': 'Too many attempts: wait before the next one',
  'rpc.forbidden': 'Your roles do not allow this',
  'account.bad-link': 'The link is not valid any more: ask for a new one',
  'account.bad-name': 'A user name has 3 to 64 letters and digits, with single . _ - or @ between them',
  'account.name-taken': 'This user name is taken',
  'account.bad-statement': 'The signed statement does not make an account here',
  'account.closed': 'This clinic takes no registrations of this kind',
  'account.no-way-in': 'Without this nobody could sign in to the account any more',
  'account.vault-version': 'The vault was changed elsewhere in the meantime',
  'account.nothing-started': 'Begin again: the set-up took too long or was done already',
  'account.no-factor': 'There is no authenticator',
  'account.full': 'There are too many of these on the account already',
  'account.wallet-taken': 'This wallet belongs to another account',
  'account.photo': 'This is no photo of a kind that the clinic takes',
  'recovery.guardians': 'Choose two to seven people with accounts here, not yourself, each once',
  'recovery.self': 'This is you: choose somebody else',
  'recovery.version': 'You chose people elsewhere in the meantime: look again',
  'recovery.commitment': 'What is to be kept of the shares contradicts itself',
  'recovery.unknown': 'There is no such request any more',
  'recovery.not-ready': 'It cannot be finished now',
  'recovery.proof': 'The shares were not joined',
  'people.unknown': 'There is no such entry',
  'people.decided': 'Somebody has decided this already',
  'people.last-administrator': 'This is the last administrator of the clinic',
  'people.own': 'Nobody decides about the own account: ask another administrator',
  'people.full': 'There is no room for more',
  'people.clock': 'The clock of another branch is ahead',
};

export class PeopleError extends CodedError<PeopleErrorType> {
  constructor(type: PeopleErrorType) {
    super(type, SENTENCES[type.code]);
  }
}
