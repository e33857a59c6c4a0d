// The clinic of this machine that WARDMESH_DATA names: at which address it answers, and what proves that it is it.
// Reads its files and the environment; asks nothing.
import { existsSync, readFileSync } from 'node:fs';
import { loadConfig } from '../node/config/load.ts';
import type { Config } from '../node/config/options.ts';
import { type DataPaths, dataPaths } from '../node/data-directory.ts';
import { isLoopback, speaksTls } from '../node/tls/names.ts';

export interface OwnClinic {
  readonly url: string;
  readonly paths: DataPaths;
  /** File with the certificate of its doors; undefined where they speak plain HTTP or never spoke yet. */
  readonly certificate: string | undefined;
}

/** Undefined unless there is a data directory. */
export function ownClinic(environment: Readonly<Record<string, string | undefined>>): OwnClinic | undefined {
  const data = environment.WARDMESH_DATA;
  return data === undefined ? undefined : clinicAt(data, environment);
}

/** Of the data directory at `path`, with its file and these variables. */
export function clinicAt(
  path: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): OwnClinic | undefined {
  const paths = dataPaths(path);
  if (!existsSync(paths.genesis) && !existsSync(paths.config)) return undefined;
  const file: unknown = existsSync(paths.config) ? JSON.parse(readFileSync(paths.config, 'utf8')) : {};
  const config = loadConfig({ file, environment });
  const own = config['tls.certificate'];
  const tls = speaksTls(config);
  return {
    url: `${tls ? 'https' : 'http'}://${hostOf(config)}:${openPort(paths) ?? config['http.port']}`,
    paths,
    certificate: tls ? (own === '' ? selfSigned(paths) : own) : undefined,
  };
}

/** The clinic makes it at its first start. */
function selfSigned({ tls: { certificate } }: DataPaths): string | undefined {
  return existsSync(certificate) ? certificate : undefined;
}

/** Where it was started last, whatever flags said so. */
function openPort({ doors }: DataPaths): number | undefined {
  if (!existsSync(doors)) return undefined;
  const { port } = JSON.parse(readFileSync(doors, 'utf8')) as { port?: number };
  return port;
}

/** A name that the doors listen at and, with a certificate of the operator's own, one that it is for. */
function hostOf(config: Config): string {
  const { 'http.host': host, 'http.hosts': names, 'tls.certificate': own } = config;
  const named = names[0]?.replace(/:\d+$/, '');
  if (own !== '' && named !== undefined) return named;
  if (isLoopback(host) || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
