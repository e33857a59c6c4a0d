// Every setting of a node, once: its key is the flag (`--http-port`), the environment variable (WARDMESH_HTTP_PORT),
// the path in the configuration file (`http.port`) and the option. Owns names, defaults and checks, no reading.
import { z } from 'zod';
import { STANDARD_TOPOLOGY } from '../../p2p/topology.ts';

const list = z.array(z.string().min(1).max(200)).max(64);
/** A path, or '' for none. */
const file = z.string().max(4096);

export const OPTIONS = {
  'http.host': { schema: z.string().min(1).max(255), standard: '127.0.0.1', help: 'address that the doors listen on' },
  'http.port': { schema: z.int().min(0).max(65_535), standard: 8641, help: 'port of JSON-RPC, WebSocket and pages' },
  'http.hosts': { schema: list, standard: [], help: 'further host names that requests may be addressed to' },
  'http.origins': { schema: list, standard: [], help: 'further origins that browsers may call from' },
  'http.trustedProxies': {
    schema: z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).max(64),
    standard: [],
    help: 'addresses and networks of reverse proxies whose X-Forwarded-For, -Proto and -Host are believed',
  },
  'http.publicUrl': {
    schema: z.string().max(500).refine(isSite, 'an address like https://portal.northside.example'),
    standard: '',
    help: 'address of the pages as people type it, for links in mails, e.g. https://portal.northside.example',
  },
  'tls.mode': {
    schema: z.enum(['auto', 'off', 'own']),
    standard: 'auto',
    help: 'own: the doors speak TLS; off: a reverse proxy does; auto: own unless the doors listen on loopback',
  },
  'tls.certificate': {
    schema: file,
    standard: '',
    help: 'PEM file of the certificate and its chain; without it the clinic makes one that it signs itself',
  },
  'tls.key': { schema: file, standard: '', help: "PEM file of the certificate's private key" },
  'session.lifetime': {
    schema: z.int().min(60).max(86_400),
    standard: 1800,
    help: 'seconds without anything done after which a person is signed out',
  },
  'session.maxLifetime': {
    schema: z.int().min(60).max(604_800),
    standard: 43_200,
    help: 'seconds after which a person signs in again, whatever was done',
  },
  'registration.staff': {
    schema: z.boolean(),
    standard: true,
    help: 'whether staff may ask for an account without an invitation; an administrator approves',
  },
  'registration.patients': {
    schema: z.boolean(),
    standard: true,
    help: 'whether patients may ask for an account without an invitation; an administrator approves',
  },
  'photo.types': {
    schema: z.array(z.enum(['png', 'jpg', 'jpeg', 'gif'])).max(4),
    standard: ['png', 'jpg', 'jpeg', 'gif'],
    help: 'kinds of image that a profile photo may be; none: no photos',
  },
  'mail.host': {
    schema: z.string().max(255),
    standard: '',
    help: 'SMTP server that mails go through; empty: no mails',
  },
  'mail.port': { schema: z.int().min(1).max(65_535), standard: 587, help: 'its port' },
  'mail.security': {
    schema: z.enum(['starttls', 'tls', 'none']),
    standard: 'starttls',
    help: 'how the connection is encrypted: starttls after its start, tls from the first byte (port 465), none not at all',
  },
  'mail.ca': {
    schema: file,
    standard: '',
    help: "PEM file of the authority that the server's certificate is checked against, where no public one signed it",
  },
  'mail.user': { schema: z.string().max(255), standard: '', help: 'user name at the SMTP server; empty: none' },
  'mail.passwordFile': { schema: file, standard: '', help: 'file of the password that goes with it' },
  'mail.from': {
    schema: z.union([z.literal(''), z.email().max(254)]),
    standard: '',
    help: 'address that mails come from, e.g. wardmesh@northside.example',
  },
  'p2p.listen': {
    schema: list,
    standard: ['/ip4/0.0.0.0/tcp/9641'],
    help: 'multiaddresses that the network listens on',
  },
  'p2p.announce': {
    schema: list,
    standard: [],
    help: 'multiaddresses that others are told instead, behind NAT or a proxy',
  },
  'p2p.relay': {
    schema: z.enum(['off', 'serve', 'use']),
    standard: 'off',
    help: 'serve: members that cannot be dialled are reached through this node; use: this node is one of them',
  },
  'p2p.mesh': {
    schema: z.int().min(2).max(200),
    standard: STANDARD_TOPOLOGY.fullMesh,
    help: 'members up to which this node is connected to all others',
  },
  'p2p.degree': {
    schema: z.int().min(8).max(64),
    standard: STANDARD_TOPOLOGY.degree,
    help: 'members that it dials in a larger network',
  },
  'mining.threads': { schema: z.int().min(0).max(256), standard: 1, help: 'miner threads; 0 mines nothing' },
  'mining.duty': { schema: z.number().gt(0).max(1), standard: 0.1, help: 'part of the time that each thread works' },
  'sync.mode': {
    schema: z.enum(['auto', 'full', 'snapshot']),
    standard: 'auto',
    help: 'whether to fetch all blocks or a final state first: auto takes the state when a day or more is missing',
  },
  'store.mode': {
    schema: z.enum(['archive', 'pruned']),
    standard: 'archive',
    help: 'whether bodies of old blocks are kept',
  },
  'store.keep': {
    schema: z.int().min(128).max(1_000_000_000),
    standard: 20_160,
    help: 'blocks whose bodies a pruned node keeps; the standard is a week at 30 seconds',
  },
  'identifiers.perDay': {
    schema: z.int().min(0).max(1_000_000),
    standard: 2_000,
    help: 'new patient identifiers that this clinic helps each other clinic to compute in a day',
  },
  'identifiers.linksPerDay': {
    schema: z.int().min(0).max(10_000_000),
    standard: 12_000,
    help: 'tokens for finding duplicates that it helps each other clinic to compute in a day; a patient has up to 6',
  },
  'upload.maxBytes': {
    schema: z
      .int()
      .min(1)
      .max(2 ** 44),
    standard: 16 * 1024 * 1024,
    help: 'bytes of a file that people upload through the portal or applications through the doors',
  },
  'upload.types': {
    schema: z.array(z.enum(['png', 'jpg', 'jpeg', 'pdf', 'dcm'])).max(5),
    standard: ['png', 'jpg', 'jpeg', 'pdf', 'dcm'],
    help: 'kinds of file that are taken, by their first bytes, whatever their names say',
  },
  'upload.dir': {
    schema: file,
    standard: '',
    help: "directory where uploads wait, sealed, until a record takes them up; '' is the data directory's own",
  },
  'gateway.mode': {
    schema: z.enum(['observe', 'enforce']),
    standard: 'observe',
    help: 'what the gateway before the doors does: observe judges and logs; enforce also challenges, refuses, reports',
  },
  'feeds.stix': {
    schema: z.boolean(),
    standard: false,
    help: 'whether blocked addresses are given out as STIX 2.1 and over TAXII 2.1, to API keys that the operator made',
  },
  'explorer.public': { schema: z.boolean(), standard: true, help: 'whether anybody may read the explorer' },
  'metrics.public': { schema: z.boolean(), standard: false, help: 'whether /metrics needs no token' },
  'disk.reserve': {
    schema: z.int().min(0).max(1_048_576),
    standard: 256,
    help: 'MiB of disk below which nothing new is taken; 0 looks at nothing',
  },
  'log.level': {
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    standard: 'info',
    help: 'least level that is logged',
  },
} as const satisfies Record<string, { schema: z.ZodType; standard: unknown; help: string }>;

/** Scheme, host and perhaps a port; or nothing. */
function isSite(text: string): boolean {
  return text === '' || (/^https?:\/\/[^/?#\\@\s]+\/?$/i.test(text) && URL.canParse(text));
}

export type OptionKey = keyof typeof OPTIONS;
export type Config = { readonly [K in OptionKey]: z.output<(typeof OPTIONS)[K]['schema']> };
export const OPTION_KEYS = Object.keys(OPTIONS) as OptionKey[];

/** `http.publicUrl` -> `WARDMESH_HTTP_PUBLIC_URL`. */
export function environmentName(key: OptionKey): string {
  return `WARDMESH_${flagName(key).replaceAll('-', '_').toUpperCase()}`;
}

/** `http.publicUrl` -> `http-public-url`, without the dashes in front. */
export function flagName(key: OptionKey): string {
  return key.replaceAll('.', '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
