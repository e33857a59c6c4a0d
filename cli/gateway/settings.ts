// Settings of a gateway that stands alone: from a file and from flags, flags first. What is wrong is named by its key.
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parseCidr } from '../../gateway/address.ts';
import type { GatewayMode } from '../../gateway/gateway.ts';
import type { Limit } from '../../gateway/limits/limiter.ts';
import { ANONYMOUS, SIGNED_IN } from '../../gateway/limits/request-limits.ts';
import { type Route, RouteTable } from '../../gateway/limits/route-table.ts';
import type { PageOwner } from '../../gateway/pages/page.ts';
import { SIGN_IN, type SignInOptions } from '../../gateway/ways-in/sign-in.ts';
import type { Credential } from '../../gateway/ways-in/url-sessions.ts';
import { CommandError, EXIT } from '../exit.ts';

export interface GatewaySettings {
  /** Undefined: forward authentication only. */
  readonly upstream: URL | undefined;
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: { readonly certificate: string; readonly key: string } | undefined;
  /** The clinic's node, with an API key; undefined: nothing is shared. */
  readonly node: { readonly url: string; readonly key: string | undefined } | undefined;
  /** Under which the node keeps this gateway's entries; undefined: after the machine and the folder. */
  readonly name: string | undefined;
  readonly mode: GatewayMode;
  readonly trustedProxies: readonly string[];
  /** Where the list and the secret are kept. */
  readonly data: string;
  readonly valkey: string | undefined;
  readonly limits: { readonly anonymous: Limit; readonly signedIn: Limit; readonly routes: readonly Route[] };
  readonly session: SessionSettings;
  readonly signIn: SignInOptions;
  readonly owner: PageOwner;
  readonly answerMs: number;
}

type SessionSettings =
  | { readonly by: 'none' }
  | { readonly by: 'header'; readonly cookie: string }
  | { readonly by: 'url'; readonly url: string; readonly credential: Credential }
  | {
      readonly by: 'jwt';
      readonly algorithm: 'HS256' | 'RS256' | 'ES256' | 'EdDSA';
      readonly key: string;
      readonly cookie: string | undefined;
      readonly issuer: string | undefined;
      readonly audience: string | undefined;
    };

/** Keys as they stand in the file; flags have the names with hyphens. */
const KEYS = [
  'upstream',
  'listen',
  'certificate',
  'certificateKey',
  'node',
  'keyFile',
  'name',
  'mode',
  'trustedProxies',
  'data',
  'valkey',
  'limits',
  'session',
  'signIn',
  'clinic',
  'answerSeconds',
] as const;
export type SettingKey = (typeof KEYS)[number];
export type RawSettings = Readonly<Partial<Record<SettingKey, unknown>>>;

/** `file`: JSON with the keys above; its relative paths start at `base`. Throws CommandError. */
export function readSettings(path: string | undefined): RawSettings {
  if (path === undefined) return {};
  const raw = object('config', parsed(path));
  for (const key of Object.keys(raw))
    if (!(KEYS as readonly string[]).includes(key)) wrong(key, 'is no setting of a gateway');
  return raw;
}

/** Throws CommandError that names the first key that is wrong. */
export function gatewaySettings(raw: RawSettings, base: string): GatewaySettings {
  const path = (key: SettingKey): string | undefined => {
    const value = optional(key, raw[key]);
    return value === undefined || isAbsolute(value) ? value : join(base, value);
  };
  const node = optional('node', raw.node);
  const keyFile = path('keyFile');
  const certificate = path('certificate');
  const certificateKey = path('certificateKey');
  if ((certificate === undefined) !== (certificateKey === undefined)) wrong('certificateKey', 'goes with certificate');
  const upstream = optional('upstream', raw.upstream);
  return {
    upstream: upstream === undefined ? undefined : url('upstream', upstream),
    listen: listenOf(optional('listen', raw.listen) ?? '127.0.0.1:8650'),
    tls: certificate === undefined || certificateKey === undefined ? undefined : { certificate, key: certificateKey },
    node:
      node === undefined
        ? undefined
        : { url: url('node', node).origin, key: keyFile && read('keyFile', keyFile).trim() },
    name: nameOf(optional('name', raw.name)),
    mode: oneOf('mode', raw.mode ?? 'observe', ['observe', 'enforce']),
    trustedProxies: list('trustedProxies', raw.trustedProxies).map((text) => cidr(text)),
    data: path('data') ?? join(base, 'gateway-data'),
    valkey: valkeyOf(optional('valkey', raw.valkey)),
    limits: limitsOf(raw.limits),
    session: sessionOf(raw.session, base),
    signIn: signInOf(raw.signIn),
    owner: ownerOf(raw.clinic),
    answerMs: 1000 * positive('answerSeconds', raw.answerSeconds ?? 60),
  };
}

function limitsOf(raw: unknown): GatewaySettings['limits'] {
  const given = object('limits', raw ?? {}, ['anonymous', 'signedIn', 'routes']);
  const limit = (key: 'anonymous' | 'signedIn', standard: Limit): Limit => {
    const at = `limits.${key}`;
    const value = object(at, given[key] ?? {}, ['rate', 'burst']);
    return {
      name: standard.name,
      rate: positive(`${at}.rate`, value.rate ?? standard.rate),
      burst: positive(`${at}.burst`, value.burst ?? standard.burst),
    };
  };
  const routes = (
    Array.isArray(given.routes ?? []) ? ((given.routes ?? []) as unknown[]) : wrong('limits.routes', 'is no list')
  ).map((one, i): Route => {
    const at = `limits.routes.${i}`;
    const { method, path, cost } = object(at, one, ['method', 'path', 'cost']);
    return {
      path: text(`${at}.path`, path),
      cost: typeof cost === 'number' && cost >= 0 ? cost : wrong(`${at}.cost`, 'is no number of units'),
      ...(method === undefined ? {} : { method: text(`${at}.method`, method).toUpperCase() }),
    };
  });
  try {
    new RouteTable(routes);
  } catch (error) {
    wrong('limits.routes', (error as Error).message);
  }
  return { anonymous: limit('anonymous', ANONYMOUS), signedIn: limit('signedIn', SIGNED_IN), routes };
}

function sessionOf(raw: unknown, base: string): SessionSettings {
  const given = object('session', raw ?? { by: 'none' });
  const by = oneOf('session.by', given.by, ['none', 'header', 'url', 'jwt']);
  const known = {
    none: [],
    header: ['cookie'],
    url: ['url', 'cookie', 'authorization'],
    jwt: ['algorithm', 'keyFile', 'cookie', 'issuer', 'audience'],
  };
  object('session', given, ['by', ...known[by]]);
  if (by === 'none') return { by };
  if (by === 'header') return { by, cookie: text('session.cookie', given.cookie) };
  if (by === 'url') {
    const asked = url('session.url', text('session.url', given.url)).href;
    return { by, url: asked, credential: credentialOf(given.cookie, given.authorization) };
  }
  const file = text('session.keyFile', given.keyFile);
  return {
    by,
    algorithm: oneOf('session.algorithm', given.algorithm, ['HS256', 'RS256', 'ES256', 'EdDSA']),
    key: read('session.keyFile', isAbsolute(file) ? file : join(base, file)).trim(),
    cookie: optional('session.cookie', given.cookie),
    issuer: optional('session.issuer', given.issuer),
    audience: optional('session.audience', given.audience),
  };
}

function credentialOf(cookie: unknown, authorization: unknown): Credential {
  if (authorization === undefined) return { cookie: text('session.cookie', cookie) };
  if (authorization !== true) return wrong('session.authorization', 'is not true');
  return cookie === undefined ? 'authorization' : wrong('session.cookie', 'goes without authorization');
}

function signInOf(raw: unknown): SignInOptions {
  const given = object('signIn', raw ?? {}, ['paths', 'failed', 'succeeded']);
  const statuses = (key: string, value: unknown, standard: readonly number[]): readonly number[] => {
    if (value === undefined) return standard;
    const right =
      Array.isArray(value) && value.every((status) => Number.isInteger(status) && status >= 200 && status < 600);
    return right ? (value as number[]) : wrong(key, 'is no list of statuses');
  };
  return {
    paths: given.paths === undefined ? SIGN_IN.paths : list('signIn.paths', given.paths),
    failed: statuses('signIn.failed', given.failed, SIGN_IN.failed),
    succeeded: statuses('signIn.succeeded', given.succeeded, SIGN_IN.succeeded),
  };
}

function ownerOf(raw: unknown): PageOwner {
  const given = object('clinic', raw ?? {}, ['name', 'phone', 'email']);
  return {
    name: optional('clinic.name', given.name) ?? 'This website',
    phone: optional('clinic.phone', given.phone),
    email: optional('clinic.email', given.email),
  };
}

function listenOf(value: string): GatewaySettings['listen'] {
  const [, host, port] = /^(?:(\[[^\]]+\]|[^:]+):)?(\d{1,5})$/.exec(value) ?? [];
  if (port === undefined || Number(port) > 65_535) return wrong('listen', 'is no address like 127.0.0.1:8650');
  return { host: (host ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port: Number(port) };
}

function nameOf(value: string | undefined): string | undefined {
  if (value === undefined || /^[a-z0-9][a-z0-9.-]{0,62}$/.test(value)) return value;
  return wrong('name', 'has more than small letters, digits, dots and dashes');
}

function valkeyOf(value: string | undefined): string | undefined {
  if (value === undefined || (/^rediss?:\/\//.test(value) && URL.canParse(value))) return value;
  return wrong('valkey', 'is no address like redis://127.0.0.1:6379');
}

function cidr(value: string): string {
  try {
    parseCidr(value);
    return value;
  } catch {
    return wrong('trustedProxies', `${value} is no address or network`);
  }
}

function url(key: string, value: string): URL {
  if (URL.canParse(value) && /^https?:\/\//i.test(value)) return new URL(value);
  return wrong(key, 'is no address like http://127.0.0.1:3000');
}

function list(key: string, value: unknown): readonly string[] {
  if (value === undefined) return [];
  const right = Array.isArray(value) && value.every((one) => typeof one === 'string');
  return right ? (value as string[]) : wrong(key, 'is no list of texts');
}

function oneOf<T extends string>(key: string, value: unknown, all: readonly T[]): T {
  return all.includes(value as T) ? (value as T) : wrong(key, `is none of ${all.join(', ')}`);
}

function positive(key: string, value: unknown): number {
  return typeof value === 'number' && value > 0 && value < 1e9 ? value : wrong(key, 'is no positive number');
}

function optional(key: string, value: unknown): string | undefined {
  return value === undefined ? undefined : text(key, value);
}

function text(key: string, value: unknown): string {
  return typeof value === 'string' && value !== '' && value.length <= 4_096 ? value : wrong(key, 'is no text');
}

function object(key: string, value: unknown, known?: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(key, 'is no object');
  const stray = known === undefined ? undefined : Object.keys(value).find((name) => !known.includes(name));
  if (stray !== undefined) return wrong(`${key}.${stray}`, 'is no setting of a gateway');
  return value as Record<string, unknown>;
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(read('config', path));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    return wrong('config', `${path} is no JSON`);
  }
}

function read(key: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return wrong(key, `${path} cannot be read`);
  }
}

function wrong(key: string, what: string): never {
  throw new CommandError(`the setting ${key} ${what}`, EXIT.usage);
}
