// What the rest of the node asks of mail: which mails there are and what each tells. Owns the kinds; queue and delivery
// are mail-queue.ts, the words are templates/.

/** No mail says anything of a person's health, and none carries more of a person than the name. */
export interface MailValues {
  /** `token` opens the registration page; `roles` in words; `until` ms. */
  readonly invitation: { readonly token: string; readonly roles: readonly string[]; readonly until: number };
  /** To who asked for an account: an administrator decides. */
  readonly waiting: Record<never, never>;
  /** To administrators: somebody waits for them. */
  readonly 'approval-needed': { readonly count: number };
  /** `what`: an account, or a change of the profile. */
  readonly approved: { readonly what: 'account' | 'change' };
  readonly refused: { readonly what: 'account' | 'change'; readonly reason: string };
  /** `name`: what is typed at sign-in; `token` opens the page for a new password until `until`. */
  readonly reset: { readonly name: string; readonly token: string; readonly until: number };
  readonly 'password-changed': { readonly at: number; readonly address: string };
  /** To the address before: mails go to another one from now on. */
  readonly 'address-changed': { readonly at: number; readonly address: string };
  /** From a device that never signed in before. */
  readonly 'new-sign-in': { readonly at: number; readonly device: string; readonly address: string };
  readonly suspended: { readonly reason: string };
  /** Somebody with the recovery words asks for new keys; who has a device can stop it until `until`. */
  readonly 'recovery-started': { readonly at: number; readonly until: number };
  /** Somebody asks the people whom the person trusts; who is signed in somewhere can stop it until `until`. */
  readonly 'recovery-asked': { readonly at: number; readonly until: number };
  /** To one of those people; `who` as the clinic calls the person. */
  readonly 'recovery-help': { readonly at: number; readonly who: string };
  readonly 'recovery-done': { readonly at: number; readonly address: string };
  /** To a patient: somebody at this clinic, or at another one, opened the records without a consent. */
  readonly 'emergency-opened': { readonly at: number };
  /** To a patient: somebody asks for authority over what clinics keep. */
  readonly 'take-over-begun': { readonly at: number };
  /** To who answers for the clinic: it is asked whether it knows of a take-over. */
  readonly 'take-over-asked': { readonly at: number };
  /** To privacy officers: one is to be reviewed. */
  readonly 'emergency-review': { readonly at: number; readonly until: number };
  /** What an administrator sends to see whether mail works. */
  readonly test: Record<never, never>;
}

export type MailKind = keyof MailValues;

export interface MailRecipient {
  readonly address: string;
  /** As it is written to them; markup and line breaks in it stay text. */
  readonly name?: string;
}

export interface Mailer {
  /** False: no SMTP server is configured, `send` keeps nothing, and links must be handed over otherwise. */
  readonly configured: boolean;
  /**
   * Resolves when the mail is on the disk; it is sent when the server takes it. A recipient that gets too many, or an
   * address that is none, is dropped without a word to whoever caused it.
   */
  send<K extends MailKind>(kind: K, to: MailRecipient, values: MailValues[K]): Promise<void>;
}
