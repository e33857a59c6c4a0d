// Which names and addresses a certificate of this node is for. Owns the choice alone.
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Config } from '../config/options.ts';

export interface CertificateNames {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
  /** Those that somebody configured: a certificate without one of them is made anew. */
  readonly demanded: readonly string[];
}

/** As certificates may have at most: a machine with thousands of addresses gets some. */
const MAX_ADDRESSES = 64;
const EVERYWHERE = ['0.0.0.0', '::'];
const NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})?(\.[a-z0-9_-]{1,63})*$/i;

type NameConfig = Pick<Config, 'http.host' | 'http.hosts' | 'http.publicUrl'>;

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Whether the doors speak TLS themselves. */
export function speaksTls(config: Pick<Config, 'http.host' | 'tls.mode' | 'tls.certificate'>): boolean {
  const mode = config['tls.mode'];
  if (mode !== 'auto') return mode === 'own';
  return config['tls.certificate'] !== '' || !isLoopback(config['http.host']);
}

/** `machine`: addresses of this machine, for doors that listen on all of them. */
export function certificateNames(config: NameConfig, machine = machineAddresses()): CertificateNames {
  const url = config['http.publicUrl'];
  const listening = config['http.host'];
  const demanded = [
    ...(EVERYWHERE.includes(listening) ? [] : [listening]),
    ...config['http.hosts'].map(withoutPort),
    ...(url === '' ? [] : [withoutPort(new URL(url).host)]),
  ].filter((host) => isIP(host) !== 0 || NAME.test(host));
  const all = new Set(['localhost', ...demanded, '127.0.0.1', '::1']);
  if (EVERYWHERE.includes(listening)) for (const address of machine) all.add(address);
  const hosts = [...all];
  return {
    names: hosts.filter((host) => isIP(host) === 0),
    addresses: hosts.filter((host) => isIP(host) !== 0).slice(0, MAX_ADDRESSES),
    demanded: [...new Set(demanded)],
  };
}

function machineAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((found = []) =>
    found.filter(({ address }) => !address.includes('%') && !address.startsWith('fe80:')).map(({ address }) => address),
  );
}

/** `clinic.example:443` -> `clinic.example`, `[::1]:8641` -> `::1`. */
function withoutPort(host: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(host)?.[1];
  if (bracketed !== undefined) return bracketed;
  return isIP(host) !== 0 ? host : host.replace(/:\d+$/, '').toLowerCase();
}
