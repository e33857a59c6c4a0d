// Sentences for people: failures whose own message is a code with its metadata, or a word of the system.
// Owns wording only; every other failure keeps its message.
import { CodedError } from '../../common/errors.ts';
import { RpcError, SERVICE_ERROR } from '../../rpc/errors.ts';

type Details = Readonly<Record<string, unknown>>;

const SENTENCES: Readonly<Record<string, (details: Details) => string>> = {
  'clinic.joined': ({ path, network }) => `${path} belongs to the network ${network} already`,
  'clinic.no-network': ({ path }) => `${path} belongs to no network yet: wardmesh init --data ${path} --genesis FILE`,
  'clinic.not-a-founder': () => 'the genesis file lists no clinic with the keys of this data directory',
  'backup.exists': ({ path }) => `${path} holds something already; a backup is restored into an empty directory`,
  'backup.format': ({ reason }) => `this is no backup, or not all of one: ${reason}`,
  'backup.locked': ({ path }) => `${path} does not open: another passphrase or key, or the file was altered`,
  'backup.pruned': () => 'this node does not hold all blocks any more: leave --with-chain out',
  'backup.version': ({ found, expected }) =>
    `the backup has version ${found}, this program knows ${expected}: use a later version of Wardmesh`,
  'config.invalid': ({ key, source, reason }) => `${key} (${source}): ${reason}`,
  'config.syntax': ({ path }) => `${path} is not JSON`,
  'config.unknown': ({ key, source }) => `there is no setting ${key} (${source}); wardmesh config --keys lists them`,
  'genesis.invalid': ({ key, reason }) => `${key} ${reason}`,
  'genesis.missing': ({ path }) => `there is no genesis file ${path}`,
  'genesis.syntax': ({ reason }) => `this is no founder or genesis file: ${reason}`,
  'invitation.expired': ({ expires }) =>
    `the invitation ended at ${new Date(Number(expires)).toISOString()}: ask the member for a new one`,
  'invitation.malformed': ({ reason }) =>
    `this is no invitation: ${reason}; give the whole line, or the file that holds it`,
  'invitation.no-peer': ({ reason }) => `nobody gave the genesis of the network: ${reason}`,
  'invitation.not-for-us': () =>
    'the invitation is for a clinic with other keys: the member has to invite with the founder.json of this directory',
  'invitation.signature': () => 'the invitation was altered, or not made by the clinic that it names',
  'invitation.wrong-network': () => 'the clinic that answered belongs to another network than the invitation names',
  'keystore.exists': ({ path }) => `${path} exists already; a clinic's keys are never replaced`,
  'keystore.locked': ({ path }) => `the passphrase does not open ${path}, or the file was altered`,
  'keystore.missing': ({ path }) => `there is no keystore ${path}: make a clinic with wardmesh init`,
  'keystore.mode': ({ path, mode }) => `${path} is open to others (mode ${mode}); it must have mode 0600`,
  'keystore.passphrase': ({ reason }) => `no usable passphrase: ${reason}`,
  'p2p.listen': ({ addresses, reason }) => listenText(String(addresses), String(reason)),
  'store.damaged': ({ what, file }) =>
    `${what} is damaged${file === undefined ? '' : ` (${file})`}, and its journal copy does not make it good: restore a backup`,
  'store.disk-full': () => 'the disk is full: make room and try again',
  'store.genesis': () => 'the databases of this data directory belong to another network than its genesis file',
  'store.key': () => 'the keystore does not open the databases of this data directory: they belong to another clinic',
  'store.older': ({ what }) =>
    `${what} is older than the rest of this data directory: what was revoked or erased since would open again. Move keys/ away and start: the clinic brings its keys back from the custodians`,
  'store.version': ({ what, found, expected }) => versionText(String(what), Number(found), Number(expected)),
  'vault.no-way': () => 'the vault of this person does not open with her password: she does this in the portal',
  'vault.secret': () => 'the vault of this person does not open with her password: she does this in the portal',
  'store.locked': ({ path }) => `another process has ${path} open; is this clinic running already?`,
};

/** The library lists every address with its stack; people need the one reason. */
function listenText(addresses: string, reason: string): string {
  const head = `cannot listen on ${addresses} (p2p.listen)`;
  if (reason.includes('EADDRINUSE'))
    return `${head}: the port is taken by another process; is this clinic running already?`;
  if (reason.includes('EADDRNOTAVAIL')) return `${head}: this computer has no such address`;
  if (reason.includes('EACCES')) return `${head}: ports below 1024 need more rights`;
  return `${head}: ${reason.split('\n', 1)[0]}`;
}

function versionText(what: string, found: number, expected: number): string {
  if (found > expected)
    return `${what} was written by a later version of Wardmesh (${found}, not ${expected}): use that one`;
  if (what !== 'chain') return `${what} has layout ${found}, and no step leads from it to ${expected}`;
  return [
    'this chain was begun under the rules of version 0.1.0, which knew no finality: it cannot go on under the present ones.',
    'Keys, settings, outbox and clinical data stay good, and so does the genesis file. All clinics of the network begin the',
    'chain anew together: move chain/ and attachments/ out of each data directory, start again, and import patients again.',
  ].join('\n');
}

const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: 'may not be opened',
  EISDIR: 'is a directory',
  ENOENT: 'does not exist',
  ENOTDIR: 'is not in a directory',
};

export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof CodedError) {
    const { code, message } = error;
    const said = SENTENCES[code]?.(error.type);
    if (said !== undefined) return said;
    const isRefusal = error instanceof RpcError && error.type.number === SERVICE_ERROR && !message.startsWith(code);
    return message + (isRefusal ? ` (${code})` : issuesOf(error));
  }
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
