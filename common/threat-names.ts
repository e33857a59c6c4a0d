// The names of what collective defence tells apart, each list once: reports and disputes, attack signatures. On the chain and
// in files a name is its place in its list, counted from 1 (fields of a signature: bits): places are never used again.

export const THREAT_CATEGORIES = ['flood', 'scan', 'bruteforce', 'injection', 'bot', 'manual'] as const;
export type ThreatCategory = (typeof THREAT_CATEGORIES)[number];

export const THREAT_MODES = ['automatic', 'manual'] as const;
export type ThreatMode = (typeof THREAT_MODES)[number];

/** `full` and `low` count on the chain; the others are advice, and say why. */
export const STANDINGS = ['full', 'low', 'quota', 'muted', 'copied', 'barred'] as const;
export type Standing = (typeof STANDINGS)[number];

export const DISPUTE_REASONS = ['not-hostile', 'shared-address', 'never-block'] as const;
export type DisputeReason = (typeof DISPUTE_REASONS)[number];

export const SIGNATURE_FIELDS = [
  'method',
  'path',
  'query',
  'body',
  'user-agent',
  'referer',
  'cookie',
  'header-order',
] as const;
export type SignatureField = (typeof SIGNATURE_FIELDS)[number];

/** `text`: decoded, lower case, without comments. `shape`: moreover numbers as 0, one kind of quote, no spaces around signs. */
export const SIGNATURE_VIEWS = ['text', 'shape'] as const;
export type SignatureView = (typeof SIGNATURE_VIEWS)[number];

export const SIGNATURE_CATEGORIES = ['scanner', 'probe', 'injection', 'traversal', 'flood', 'coordinated'] as const;
export type SignatureCategory = (typeof SIGNATURE_CATEGORIES)[number];

export const SIGNATURE_SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export type SignatureSeverity = (typeof SIGNATURE_SEVERITIES)[number];

export const RETIRE_REASONS = ['false-positives', 'outdated', 'replaced', 'mistake'] as const;
export type RetireReason = (typeof RETIRE_REASONS)[number];
