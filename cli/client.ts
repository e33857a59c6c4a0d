// From the command line to a client of a node: which URL, and which token goes with it.
// Reads the environment, and token files of clinics of this machine; owns no call.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { certificateFacts } from '../common/crypto/self-signed.node.ts';
import { createClient, type RpcClient } from '../rpc/client.ts';
import { cookieFetch } from './cookie-fetch.ts';
import { CommandError, EXIT } from './exit.ts';
import { clinicAt, type OwnClinic, ownClinic } from './own-clinic.ts';

export const DEFAULT_URL = 'http://localhost:8641';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

export interface Shared {
  readonly json: boolean;
  readonly url: string;
  readonly token: string | undefined;
  /** File of a certificate that the node is known by, where no authority of this machine vouches for it. */
  readonly certificate: string | undefined;
}

export function sharedOptions(command: Command): Shared {
  const options = command.optsWithGlobals<{ json?: boolean; node?: string; token?: string; certificate?: string }>();
  const own = ownClinic(process.env);
  const url = (options.node ?? process.env.WARDMESH_NODE ?? own?.url ?? DEFAULT_URL).replace(/\/+$/, '');
  if (!URL.canParse(url) || !/^https?:/i.test(url)) {
    throw new CommandError(`${url} is no URL of a node; it is named like ${DEFAULT_URL}`, EXIT.usage);
  }
  const clinic = localClinic(url, own);
  return {
    json: options.json === true,
    url,
    token: options.token ?? process.env.WARDMESH_TOKEN ?? tokenOf(clinic),
    certificate: options.certificate ?? process.env.WARDMESH_CERTIFICATE ?? clinic?.certificate,
  };
}

/** Runs `use` with a client and closes it. */
export function withClient<T>(command: Command, use: (client: RpcClient, shared: Shared) => Promise<T>): Promise<T> {
  return withOne(command, ({ url, token }) => createClient({ url, token }), use);
}

/** The same with no token, for somebody who signs in. */
export function withVisitor<T>(command: Command, use: (client: RpcClient, shared: Shared) => Promise<T>): Promise<T> {
  return withOne(command, ({ url }) => createClient({ url }, { fetch: cookieFetch(url) }), use);
}

async function withOne<T>(
  command: Command,
  make: (shared: Shared) => RpcClient,
  use: (client: RpcClient, shared: Shared) => Promise<T>,
): Promise<T> {
  const shared = sharedOptions(command);
  if (shared.certificate !== undefined && /^https:/i.test(shared.url)) trust(shared.certificate);
  const client = make(shared);
  try {
    return await use(client, shared);
  } finally {
    client.close();
  }
}

/** Where `devnet` keeps its clinics unless it is told otherwise. */
export function devnetDirectory(): string {
  return resolve(process.env.WARDMESH_DEVNET ?? join('.wardmesh', 'devnet'));
}

/** The clinic of this machine that serves this URL: the one of WARDMESH_DATA, or one of a devnet. */
function localClinic(url: string, own: OwnClinic | undefined): OwnClinic | undefined {
  if (own !== undefined && sameDoor(own.url, url)) return own;
  const besideCommand = join(dirname(fileURLToPath(import.meta.url)), '..', '.wardmesh', 'devnet');
  for (const directory of new Set([devnetDirectory(), besideCommand])) {
    if (!existsSync(directory)) continue;
    for (const name of readdirSync(directory)) {
      const clinic = clinicAt(join(directory, name));
      if (clinic !== undefined && sameDoor(clinic.url, url)) return clinic;
    }
  }
  return undefined;
}

/** Names of loopback are one; a token never goes anywhere but where its clinic listens. */
function sameDoor(clinic: string, url: string): boolean {
  const [a, b] = [new URL(clinic), new URL(url)];
  const sameHost = a.hostname === b.hostname || [a, b].every(({ hostname }) => LOOPBACK.includes(hostname));
  return sameHost && a.port === b.port && a.protocol === b.protocol;
}

function tokenOf(clinic: OwnClinic | undefined): string | undefined {
  if (clinic === undefined || !existsSync(clinic.paths.operatorToken)) return undefined;
  return readFileSync(clinic.paths.operatorToken, 'utf8').trim();
}

/**
 * From here on TLS of this process takes the certificates of this file as good: one that signed itself in the place of all
 * that the machine trusts, others beside them.
 */
function trust(file: string): void {
  try {
    const certificate = readFileSync(file, 'utf8');
    const alone = certificateFacts(certificate).selfSigned;
    setDefaultCACertificates([...(alone ? [] : getCACertificates('default')), certificate]);
  } catch (error) {
    throw new CommandError(`${file} is no certificate: ${(error as Error).message}`, EXIT.usage);
  }
}
