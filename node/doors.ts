// The doors of a node: the server with its certificate, told what the configuration says. Owns no route and no method.
import { toHex } from '../common/bytes.ts';
import type { Clock } from '../common/clock.ts';
import type { CertificateFacts } from '../common/crypto/self-signed.node.ts';
import type { Logger } from '../common/logger.ts';
import type { RpcServerModules } from '../rpc/server/options.ts';
import { RpcServer } from '../rpc/server/server.ts';
import { ensureToken } from '../rpc/token.ts';
import type { Config } from './config/options.ts';
import type { DataPaths } from './data-directory.ts';
import { Certificates } from './tls/certificates.ts';
import { certificateNames, isLoopback, speaksTls } from './tls/names.ts';
import { VERSION } from './version.ts';

export interface DoorsOptions {
  readonly config: Config;
  readonly paths: DataPaths;
  readonly clinic: number;
  readonly genesisId: Uint8Array;
  /** Folder of the built pages; none are served without it. */
  readonly webRoot: string | undefined;
}

export interface DoorsModules {
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Doors {
  private readonly options: DoorsOptions;
  private readonly certificates: Certificates | undefined;
  private server: RpcServer | undefined;

  constructor(options: DoorsOptions, modules: DoorsModules) {
    const { config, paths } = options;
    this.options = options;
    if (!speaksTls(config)) return;
    this.certificates = new Certificates(
      {
        certificate: config['tls.certificate'],
        key: config['tls.key'],
        selfSigned: paths.tls,
        names: certificateNames(config),
      },
      modules,
    );
  }

  /** Resolves when they listen. Throws TlsError for a certificate that is no good, and what a port in use throws. */
  async open(modules: RpcServerModules): Promise<void> {
    const { config, paths, clinic, genesisId, webRoot } = this.options;
    await this.certificates?.start();
    this.server = new RpcServer(
      {
        host: config['http.host'],
        port: config['http.port'],
        token: await ensureToken(paths.operatorToken),
        clinicId: `${clinic}-${toHex(genesisId).slice(0, 8)}`,
        hosts: hostsOf(config),
        origins: config['http.origins'],
        trustedProxies: config['http.trustedProxies'],
        publicReads: config['explorer.public'],
        protectMetrics: !config['metrics.public'],
        tls: this.certificates,
        webRoot,
        version: VERSION,
      },
      modules,
    );
    await this.server.start();
  }

  async close(): Promise<void> {
    await this.server?.stop();
    await this.certificates?.stop();
  }

  /** Once open. */
  get port(): number | undefined {
    return this.server?.port;
  }

  /** Where the pages are, as people outside reach them: `http.publicUrl`, else the name that the doors listen at. */
  get site(): string {
    const { config } = this.options;
    const url = config['http.publicUrl'];
    if (url !== '') return url.replace(/\/$/, '');
    const scheme = this.certificates === undefined ? 'http' : 'https';
    return `${scheme}://${nameOf(config)}:${this.port ?? config['http.port']}`;
  }

  /** The certificate in use; undefined where the doors speak plain HTTP. */
  get certificate(): CertificateFacts | undefined {
    return this.server?.port === undefined ? undefined : this.certificates?.facts;
  }

  /** Takes the certificate's files anew. */
  async reloadCertificate(): Promise<void> {
    await this.certificates?.reload();
  }
}

/** The first name that was configured, else the address that is listened on, where it is one. */
function nameOf({ 'http.host': host, 'http.hosts': names }: Config): string {
  const named = names[0]?.replace(/:\d+$/, '');
  if (named !== undefined) return named;
  if (isLoopback(host) || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/** Names that requests may be addressed to, whatever the port. */
function hostsOf(config: Config): string[] {
  const { 'http.host': host, 'http.hosts': more, 'http.publicUrl': publicUrl } = config;
  const local = ['localhost', '127.0.0.1', '[::1]'];
  const named = publicUrl === '' ? [] : [new URL(publicUrl).host];
  return [...new Set([...local, ...(host.includes(':') ? [`[${host}]`] : [host]), ...more, ...named])];
}
