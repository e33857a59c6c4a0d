// From the command line to a client of a node: which URL, and which token goes with it.
// Reads the environment, and token files of clinics of this machine; owns no call.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { OPTIONS } from '../node/config/options.ts';
import { dataPaths } from '../node/data-directory.ts';
import { createClient, type RpcClient } from '../rpc/client.ts';
import { CommandError, EXIT } from './exit.ts';

export const DEFAULT_URL = 'http://localhost:8641';

export interface Shared {
  readonly json: boolean;
  readonly url: string;
  readonly token: string | undefined;
}

export function sharedOptions(command: Command): Shared {
  const options = command.optsWithGlobals<{ json?: boolean; node?: string; token?: string }>();
  const url = (options.node ?? process.env.WARDMESH_NODE ?? DEFAULT_URL).replace(/\/+$/, '');
  if (!URL.canParse(url) || !/^https?:/i.test(url)) {
    throw new CommandError(`${url} is no URL of a node; it is named like ${DEFAULT_URL}`, EXIT.usage);
  }
  return { json: options.json === true, url, token: options.token ?? process.env.WARDMESH_TOKEN ?? localToken(url) };
}

/** Runs `use` with a client and closes it. */
export async function withClient<T>(
  command: Command,
  use: (client: RpcClient, shared: Shared) => Promise<T>,
): Promise<T> {
  const shared = sharedOptions(command);
  const client = createClient({ url: shared.url, token: shared.token });
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

/** The token of a clinic of this machine that serves this URL: the one of WARDMESH_DATA, or one of a devnet. */
function localToken(url: string): string | undefined {
  const { hostname, port } = new URL(url);
  if (!['localhost', '127.0.0.1', '[::1]'].includes(hostname)) return undefined;
  const own = process.env.WARDMESH_DATA;
  if (own !== undefined && port === portOf(dataPaths(own).config, process.env.WARDMESH_HTTP_PORT)) {
    const { operatorToken } = dataPaths(own);
    if (existsSync(operatorToken)) return readFileSync(operatorToken, 'utf8').trim();
  }
  const besideCommand = join(dirname(fileURLToPath(import.meta.url)), '..', '.wardmesh', 'devnet');
  for (const directory of new Set([devnetDirectory(), besideCommand])) {
    if (!existsSync(directory)) continue;
    for (const name of readdirSync(directory)) {
      const paths = dataPaths(join(directory, name));
      if (!existsSync(paths.config) || !existsSync(paths.operatorToken)) continue;
      if (portOf(paths.config, undefined) === port) return readFileSync(paths.operatorToken, 'utf8').trim();
    }
  }
  return undefined;
}

function portOf(path: string, variable: string | undefined): string {
  if (variable !== undefined) return variable;
  const config = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { http?: { port?: number } }) : {};
  return String(config.http?.port ?? OPTIONS['http.port'].standard);
}
