// What never reaches a log: secrets and patient data, by the name of the key or by where they stand. Works on plain JSON
// values, after everything else has been serialised. Owns no logger.

export const REDACTED = '[redacted]';

/** Whole names, in lower case without `-` and `_`. */
const NAMES = new Set([
  // secrets
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'mnemonic',
  'pin',
  'otp',
  'totp',
  'keymaterial',
  'credential',
  'credentials',
  'networkkey',
  'blind',
  'auth',
  'newauth',
  'verifier',
  'vault',
  'ticket',
  'recoverycodes',
  // patients
  'pid',
  'patient',
  'patients',
  'person',
  'subject',
  'resource',
  'resources',
  'bundle',
  'plaintext',
  'identitynumber',
  'nationalid',
  'ssn',
  'mrn',
  'birthdate',
  'birthday',
  'dateofbirth',
  'dob',
  'family',
  'given',
  'familyname',
  'givenname',
  'firstname',
  'lastname',
  'maidenname',
  'telecom',
  'phone',
  'email',
  'postaladdress',
]);

/** Ends of names: `operatorToken`, `x-api-key`, `new_password`. */
const ENDINGS = [
  'token',
  'password',
  'passwd',
  'passphrase',
  'secret',
  'secretkey',
  'privatekey',
  'signingkey',
  'seed',
  'apikey',
  'sessionid',
];

/** Strings that carry a credential wherever they stand. */
const CREDENTIAL = /\b(bearer\s+[\w.~+/=-]+|basic\s+[\w+/=-]{12,})/gi;

const MAX_DEPTH = 12;

/** A copy of a JSON value with secrets replaced. `key` is the name under which the value stands. */
export function redact(value: unknown, key = '', depth = 0): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (isSecretName(key)) return REDACTED;
  if (typeof value === 'string') return redactText(value, key);
  if (typeof value !== 'object') return value;
  if (key === 'name') return REDACTED; // FHIR HumanName; names of ours are strings
  if (depth >= MAX_DEPTH) return REDACTED;
  if (Array.isArray(value)) return value.map((item) => redact(item, key, depth + 1));
  const size = byteCount(value);
  if (size !== undefined) return `[${size} bytes]`;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, redact(item, name, depth + 1)]));
}

function isSecretName(key: string): boolean {
  const name = key.toLowerCase().replace(/[-_]/g, '');
  return NAMES.has(name) || ENDINGS.some((ending) => name.endsWith(ending));
}

// Query strings carry search terms and tokens.
function redactText(text: string, key: string): string {
  const shown = key === 'url' ? text.replace(/\?.*$/s, `?${REDACTED}`) : text;
  return shown.replace(CREDENTIAL, REDACTED);
}

/** The length of a byte array as JSON shows it (`{"0":1,...}` or `{"type":"Buffer","data":[...]}`), else undefined. */
function byteCount(value: object): number | undefined {
  if ('type' in value && value.type === 'Buffer' && 'data' in value && Array.isArray(value.data))
    return value.data.length;
  const items = Object.entries(value);
  const isBytes = items.every(([name, item], index) => name === String(index) && Number.isInteger(item));
  return items.length > 0 && isBytes ? items.length : undefined;
}
