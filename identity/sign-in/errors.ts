// Why somebody was not signed in. What strangers can provoke says no more than that: which part was wrong stands in the
// cause, for the node's own log.
import { CodedError } from '../../common/errors.ts';

export type SignInErrorType =
  /** Name, password, code, passkey or signature: never which. */
  | { code: 'session.refused' }
  /** Too many are signing in at this moment. */
  | { code: 'session.busy' }
  /** Too many attempts that failed; `retryAfterMs` says when the next one counts. */
  | { code: 'rpc.rate-limited'; retryAfterMs: number }
  /** The step took too long, was done already, or began in another browser. */
  | { code: 'session.ticket' }
  /** The browser's answer holds no passkey, or one that was not asked for. */
  | { code: 'passkey.answer' }
  /** The browser sent what opens the vault: it must keep that. */
  | { code: 'passkey.secret' }
  /** The wallet's message cannot name this address. */
  | { code: 'wallet.address'; reason: string }
  /** No Ethereum account, or no chain. */
  | { code: 'wallet.account' };

/** For people. */
function sentence(type: SignInErrorType): string {
  switch (type.code) {
    case 'session.refused':
      return 'That did not sign you in: check what you typed, or use another way';
    case 'session.busy':
      return 'Many people are signing in at this moment; try again in a few seconds';
    case 'rpc.rate-limited':
      return `Too many attempts; try again in ${Math.max(1, Math.ceil(type.retryAfterMs / 1000))} s`;
    case 'session.ticket':
      return 'This step took too long or was done already; begin to sign in anew';
    case 'passkey.answer':
      return "The browser's answer holds no passkey that fits";
    case 'passkey.secret':
      return 'The browser sent a secret of the passkey; nothing was stored';
    case 'wallet.address':
      return type.reason;
    case 'wallet.account':
      return 'This is no Ethereum account';
  }
}

export class SignInError extends CodedError<SignInErrorType> {
  constructor(type: SignInErrorType, options?: ErrorOptions) {
    super(type, sentence(type), options);
  }
}
