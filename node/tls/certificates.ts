// The certificate of the doors: the operator's own by path, taken anew when its files change or on demand, or one that
// the clinic signs itself at its first start and renews before its end. What is no good never replaces what is in use.
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { type CertificateFacts, certificateFacts, makeSelfSigned } from '../../common/crypto/self-signed.node.ts';
import type { Logger } from '../../common/logger.ts';
import type { TlsSource } from '../../rpc/server/tls-listener.ts';
import { makePrivateDirectory, writePrivateFile } from '../data-directory.ts';
import { TlsError } from './errors.ts';
import type { CertificateNames } from './names.ts';

export interface CertificatesOptions {
  /** Of the operator; '' and '' where there is none. */
  readonly certificate: string;
  readonly key: string;
  /** Where the self-signed one is kept. */
  readonly selfSigned: { readonly directory: string; readonly certificate: string; readonly key: string };
  readonly names: CertificateNames;
}

export interface CertificatesModules {
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
/** As long as the strictest browsers take. */
const LIFE_MS = 825 * DAY_MS;
/** Before its end: a self-signed one is renewed, the operator is told of an own one. */
const RENEW_MS = 30 * DAY_MS;
/** A clock of a reader that is somewhat behind ours. */
const BACKDATE_MS = DAY_MS;
/** How often files and ends are looked at. */
const LOOK_MS = 30_000;

export class Certificates implements TlsSource {
  private readonly options: CertificatesOptions;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly listeners = new Set<() => void>();
  private pair: Pair | undefined;
  private known: CertificateFacts | undefined;
  /** What the files looked like when they were read, good or not: each content is complained of once. */
  private seen = '';
  private warned = false;
  private timer: TimerHandle | undefined;
  private looking: Promise<void> = Promise.resolve();
  private running = false;

  constructor(options: CertificatesOptions, modules: CertificatesModules) {
    this.options = options;
    this.clock = modules.clock;
    this.logger = modules.logger;
  }

  /** Throws TlsError where the operator's files are no good. */
  async start(): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.seen = await this.stamp();
    this.take(await (this.own ? this.readOwn() : this.readOrMake()));
    if (!this.own) this.seen = await this.stamp();
    this.lookAgain();
  }

  async stop(): Promise<void> {
    this.running = false;
    this.clock.clearTimeout(this.timer);
    await this.looking;
  }

  current(): Pair {
    if (this.pair === undefined) throw new Error('no certificate before the start');
    return this.pair;
  }

  get facts(): CertificateFacts {
    if (this.known === undefined) throw new Error('no certificate before the start');
    return this.known;
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Reads the files now, changed or not (SIGHUP). Never throws: what is no good is logged, and the old one stays. */
  reload(): Promise<void> {
    return this.inTurn(() => this.renew());
  }

  private get own(): boolean {
    const { certificate, key } = this.options;
    if ((certificate === '') !== (key === '')) throw new TlsError({ code: 'config.tls-half' });
    return certificate !== '';
  }

  private inTurn(act: () => Promise<void>): Promise<void> {
    this.looking = this.looking.then(() => (this.running ? act() : undefined));
    return this.looking;
  }

  private lookAgain(): void {
    if (!this.running) return;
    this.timer = this.clock.setTimeout(() => void this.inTurn(() => this.look()).then(() => this.lookAgain()), LOOK_MS);
  }

  private async look(): Promise<void> {
    const ending = this.facts.until - this.clock.now() < RENEW_MS;
    if ((await this.stamp()) !== this.seen || (ending && !this.own)) return this.renew();
    if (ending && !this.warned) {
      this.warned = true;
      this.logger.warn({ until: new Date(this.facts.until).toISOString() }, 'the certificate of the doors ends soon');
    }
  }

  private async renew(): Promise<void> {
    this.seen = await this.stamp();
    try {
      this.take(await (this.own ? this.readOwn() : this.readOrMake()));
      if (!this.own) this.seen = await this.stamp();
      for (const listener of this.listeners) listener();
      this.logger.info({ fingerprint: this.facts.fingerprint }, 'the doors have another certificate');
    } catch (error) {
      this.logger.error({ err: error }, 'the new certificate is no good: the old one stays in use');
    }
  }

  private take(pair: Pair): void {
    this.known = certificateFacts(pair.certificate);
    this.pair = pair;
    this.warned = false;
  }

  private async readOwn(): Promise<Pair> {
    const { certificate, key } = this.options;
    return checked({ certificate: await readText(certificate), key: await readText(key) });
  }

  private async readOrMake(): Promise<Pair> {
    const { selfSigned, names } = this.options;
    const kept = await Promise.all([readText(selfSigned.certificate), readText(selfSigned.key)])
      .then(([certificate, key]) => checked({ certificate, key }))
      .catch(() => undefined);
    const now = this.clock.now();
    if (kept !== undefined) {
      const facts = certificateFacts(kept.certificate);
      const good = facts.from <= now && facts.until - now >= RENEW_MS;
      if (good && names.demanded.every((host) => facts.covers(host))) return kept;
    }
    const made = await makeSelfSigned({ ...names, from: now - BACKDATE_MS, until: now + LIFE_MS });
    await makePrivateDirectory(selfSigned.directory);
    // The key first: a certificate without its key would be taken for a broken pair, and both made anew.
    await writePrivateFile(selfSigned.key, made.key);
    await writePrivateFile(selfSigned.certificate, made.certificate);
    return made;
  }

  /** Changes whenever a file does. */
  private async stamp(): Promise<string> {
    const { certificate, key, selfSigned } = this.options;
    const files = this.own ? [certificate, key] : [selfSigned.certificate, selfSigned.key];
    const stamps = files.map(async (path) => {
      const found = await stat(path, { bigint: true }).catch(() => undefined);
      return found === undefined ? '-' : `${found.ino}.${found.size}.${found.mtimeNs}`;
    });
    return (await Promise.all(stamps)).join(' ');
  }
}

/** Throws TlsError unless the two are a pair that a listener takes. */
function checked(pair: Pair): Pair {
  try {
    createSecureContext({ cert: pair.certificate, key: pair.key });
    certificateFacts(pair.certificate);
  } catch (error) {
    throw new TlsError({ code: 'config.tls-pair', reason: (error as Error).message }, undefined, { cause: error });
  }
  return pair;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new TlsError({ code: 'config.tls-file', file, reason }, undefined, { cause: error });
  }
}
