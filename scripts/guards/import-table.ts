// The import table of the project, once: what each folder may import of ours, and which folder owns which library.
// Guards read it, and a test compares the table in docs/ARCHITECTURE.md with it.

export interface FolderRule {
  /** Folders, or paths below one, that it may import besides itself. */
  readonly mayImport: readonly string[];
  /** Folders that it may import as types only. */
  readonly mayImportTypes?: readonly string[];
}

/** Downwards only: a folder imports nothing that stands below it. */
export const FOLDERS: Readonly<Record<string, FolderRule>> = {
  common: { mayImport: [] },
  consensus: { mayImport: ['common'] },
  p2p: { mayImport: ['common'] },
  identity: { mayImport: ['common', 'consensus'] },
  records: { mayImport: ['common', 'consensus', 'identity/patient/pid'] },
  care: { mayImport: ['common', 'consensus', 'records'] },
  gateway: { mayImport: ['common'] },
  rpc: {
    mayImport: ['common', 'consensus/limits', 'gateway/judge/names'],
    mayImportTypes: ['consensus', 'p2p', 'identity', 'records', 'care', 'gateway'],
  },
  node: { mayImport: ['common', 'consensus', 'p2p', 'identity', 'records', 'care', 'gateway', 'rpc'] },
  cli: { mayImport: ['common', 'consensus', 'identity', 'records', 'care', 'gateway', 'rpc', 'node'] },
  sdk: { mayImport: ['common', 'consensus', 'records', 'rpc/client', 'rpc/schema'] },
  web: { mayImport: ['common', 'consensus', 'identity', 'records', 'rpc/client', 'rpc/schema'] },
};

/** Folders that may import anything and that nothing of the table may import. */
export const OUTSIDE = ['bench', 'test', 'scripts', 'bin', 'docker'] as const;

export interface LibraryRule {
  /** A package name, or a scope with a slash at its end. */
  readonly library: string;
  /** Folders, or paths below one, that may import it. */
  readonly owners: readonly string[];
}

/** Which door a library stays at. A package that no row names is refused everywhere: name its owner first. */
export const LIBRARIES: readonly LibraryRule[] = [
  { library: '@noble/', owners: ['common'] },
  { library: '@hpke/', owners: ['common'] },
  { library: 'age-encryption', owners: ['common'] },
  { library: '@scure/base', owners: ['common', 'identity'] },
  { library: '@scure/bip39', owners: ['identity/vault'] },
  { library: '@peculiar/x509', owners: ['common'] },
  { library: 'reflect-metadata', owners: ['common'] },
  { library: 'pino', owners: ['common'] },
  { library: 'prom-client', owners: ['common'] },
  { library: 'libp2p', owners: ['p2p'] },
  { library: '@libp2p/', owners: ['p2p'] },
  { library: '@chainsafe/', owners: ['p2p'] },
  { library: '@multiformats/', owners: ['p2p'] },
  { library: 'multiformats', owners: ['records/blobs'] },
  { library: 'ipfs-unixfs', owners: ['records/blobs'] },
  { library: 'ipfs-unixfs-importer', owners: ['records/blobs'] },
  { library: '@ipld/', owners: ['records/blobs'] },
  { library: 'dicom-parser', owners: ['care/fhir'] },
  { library: 'ipaddr.js', owners: ['gateway'] },
  { library: '@redis/client', owners: ['gateway/limits'] },
  { library: 'jose', owners: ['gateway/ways-in'] },
  { library: 'altcha-lib', owners: ['gateway/captcha', 'gateway/pages'] },
  { library: 'zod', owners: ['rpc', 'care', 'node', 'identity/people'] },
  { library: 'otpauth', owners: ['identity/sign-in'] },
  { library: '@simplewebauthn/server', owners: ['identity/sign-in'] },
  { library: 'viem', owners: ['identity/sign-in'] },
  { library: 'fastify', owners: ['rpc/server', 'gateway/ways-in/fastify-plugin'] },
  { library: '@fastify/', owners: ['rpc/server'] },
  { library: 'helmet', owners: ['rpc/server'] },
  { library: 'nodemailer', owners: ['node/mail'] },
  { library: 'classic-level', owners: ['node/store'] },
  { library: 'commander', owners: ['cli'] },
  { library: '@bomb.sh/', owners: ['cli'] },
  { library: 'cli-progress', owners: ['cli'] },
  { library: 'cli-table3', owners: ['cli'] },
  { library: 'picocolors', owners: ['cli'] },
  { library: 'react', owners: ['web'] },
  { library: 'react-dom', owners: ['web'] },
  { library: '@mantine/', owners: ['web'] },
  { library: '@tanstack/', owners: ['web'] },
  { library: '@tabler/', owners: ['web'] },
  { library: '@simplewebauthn/browser', owners: ['web'] },
  { library: '@zxcvbn-ts/', owners: ['web'] },
  { library: 'i18next', owners: ['web'] },
  { library: 'react-i18next', owners: ['web'] },
  { library: 'uqr', owners: ['web'] },
  { library: 'vite', owners: ['web'] },
  { library: '@vitejs/', owners: ['web'] },
];

/** Built-ins that only common/ may import: primitives go through `#crypto`. */
export const CRYPTO_BUILTINS = ['crypto'] as const;

/** Whether a path is the given folder or file, or lies below it (`rpc/client` covers rpc/client.ts and rpc/client/). */
export function covers(rule: string, path: string): boolean {
  return path === rule || path.startsWith(`${rule}/`) || path.startsWith(`${rule}.`);
}

export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
}
