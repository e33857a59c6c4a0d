// Sentences for people: failures whose own message is a code with its metadata, or a word of the system.
// Owns wording only; every other failure keeps its message.
import { CodedError } from '../../common/errors.ts';

type Details = Readonly<Record<string, unknown>>;

const SENTENCES: Readonly<Record<string, (details: Details) => string>> = {
  'clinic.joined': ({ path, network }) => `${path} belongs to the network ${network} already`,
  'clinic.no-network': ({ path }) => `${path} belongs to no network yet: wardmesh init --data ${path} --genesis FILE`,
  'clinic.not-a-founder': () => 'the genesis file lists no clinic with the keys of this data directory',
  'config.invalid': ({ key, source, reason }) => `${key} (${source}): ${reason}`,
  'config.syntax': ({ path }) => `${path} is not JSON`,
  'config.unknown': ({ key, source }) => `there is no setting ${key} (${source}); wardmesh config --keys lists them`,
  'genesis.invalid': ({ key, reason }) => `${key} ${reason}`,
  'genesis.missing': ({ path }) => `there is no genesis file ${path}`,
  'genesis.syntax': ({ reason }) => `this is no founder or genesis file: ${reason}`,
  'keystore.exists': ({ path }) => `${path} exists already; a clinic's keys are never replaced`,
  'keystore.locked': ({ path }) => `the passphrase does not open ${path}, or the file was altered`,
  'keystore.missing': ({ path }) => `there is no keystore ${path}: make a clinic with wardmesh init`,
  'keystore.mode': ({ path, mode }) => `${path} is open to others (mode ${mode}); it must have mode 0600`,
  'keystore.passphrase': ({ reason }) => `no usable passphrase: ${reason}`,
  'p2p.listen': ({ addresses, reason }) => `cannot listen on ${addresses} (p2p.listen): ${reason}`,
  'store.genesis': () => 'the databases of this data directory belong to another network than its genesis file',
  'store.locked': ({ path }) => `another process has ${path} open; is this clinic running already?`,
};

const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: 'may not be opened',
  EISDIR: 'is a directory',
  ENOENT: 'does not exist',
  ENOTDIR: 'is not in a directory',
};

export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof CodedError) return SENTENCES[error.code]?.(error.type) ?? error.message + issuesOf(error);
  const { code, path, port, address } = error as Error & Record<'code' | 'path' | 'port' | 'address', unknown>;
  if (code === 'EADDRINUSE') return `${address}:${port} is taken by another process`;
  if (typeof path === 'string' && SYSTEM[String(code)] !== undefined) return `${path} ${SYSTEM[String(code)]}`;
  return error.message;
}

/** What a node said about each wrong parameter. */
function issuesOf(error: CodedError<{ code: string }>): string {
  const { issues } =
    (error.type as { details?: { issues?: readonly { path: string; message: string }[] } }).details ?? {};
  if (!Array.isArray(issues) || issues.length === 0) return '';
  return `: ${issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')}`;
}
