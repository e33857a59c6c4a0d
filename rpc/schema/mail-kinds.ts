// The kinds of mail that a clinic sends, by name. What each says is node/mail.
export const MAIL_KINDS = [
  'invitation',
  'waiting',
  'approval-needed',
  'approved',
  'refused',
  'reset',
  'password-changed',
  'address-changed',
  'new-sign-in',
  'suspended',
  'recovery-started',
  'emergency-opened',
  'emergency-review',
  'test',
] as const;
