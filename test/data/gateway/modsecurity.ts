// nginx with ModSecurity and the OWASP core rule set at paranoia level 1, as Debian packages them: what it lets through is
// answered by an application that takes everything.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianProgram } from '../../helpers/debian-program.ts';
import { waitFor } from '../../helpers/wait-for.ts';

const PACKAGES = [
  ...['nginx', 'nginx-common', 'libnginx-mod-http-modsecurity', 'libmodsecurity3', 'modsecurity-crs', 'libyajl2'],
  ...[
    'liblmdb0',
    'libfuzzy2',
    'libmaxminddb0',
    'liblua5.3-0',
    'libcurl3-gnutls',
    'libpcre2-8-0',
    'libpcre3',
    'libxml2',
  ],
  'libgeoip1',
];

const ANSWER_MS = 10_000;

export interface Sent {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export class ModSecurity {
  private readonly directory = mkdtempSync(join(tmpdir(), 'wardmesh-modsecurity-'));
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 4 });
  private application: Server | undefined;
  private nginx: ChildProcess | undefined;
  private port = 0;

  async start(): Promise<void> {
    const { path, env, root } = debianProgram('nginx', PACKAGES, 'nginx-modsecurity');
    if (root === undefined) throw new Error('the packages are not unpacked');
    this.application = await listen(createServer((req, res) => req.resume().on('end', () => res.end('taken'))));
    const free = await listen(createServer());
    this.port = portOf(free);
    free.close();
    await once(free, 'close');
    const { directory } = this;
    mkdirSync(join(directory, 'temporary'));
    cpSync(join(root, 'etc/nginx/unicode.mapping'), join(directory, 'unicode.mapping'));
    writeFileSync(join(directory, 'rules.conf'), rules(root, directory));
    writeFileSync(join(directory, 'nginx.conf'), server(root, directory, this.port, portOf(this.application)));
    const options = ['-e', 'stderr', '-c', join(directory, 'nginx.conf'), '-p', directory];
    this.nginx = spawn(path, options, { env: { ...process.env, ...env }, stdio: 'ignore' });
    const up = { method: 'GET', target: '/', headers: BROWSER, body: '' };
    await waitFor(async () => (await this.refuses(up).catch(() => true)) === false, {
      timeoutMs: 30_000,
      what: 'ModSecurity',
    });
  }

  /** Whether it answers 403. */
  async refuses({ method, target, headers, body }: Sent): Promise<boolean> {
    const length = body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    const options = { port: this.port, host: '127.0.0.1', agent: this.agent, method, path: target };
    const sent = request({ ...options, headers: { ...headers, ...length } });
    sent.end(body);
    const [answer] = await once(sent, 'response', { signal: AbortSignal.timeout(ANSWER_MS) });
    answer.resume();
    await once(answer, 'end', { signal: AbortSignal.timeout(ANSWER_MS) });
    return answer.statusCode === 403;
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    if (this.nginx !== undefined && this.nginx.exitCode === null) {
      this.nginx.kill('SIGTERM');
      await once(this.nginx, 'exit');
    }
    this.application?.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export const BROWSER = {
  Host: 'localhost',
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0',
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
};

function rules(root: string, directory: string): string {
  const crs = join(root, 'usr/share/modsecurity-crs/rules/*.conf');
  return [
    'SecRuleEngine On',
    'SecRequestBodyAccess On',
    'SecRule REQUEST_HEADERS:Content-Type "^(?:application(?:/soap\\+|/)|text/)xml" "id:200000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"',
    'SecRule REQUEST_HEADERS:Content-Type "^application/json" "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"',
    'SecPcreMatchLimit 100000',
    'SecPcreMatchLimitRecursion 100000',
    'SecAuditEngine Off',
    `SecTmpDir ${directory}/temporary`,
    `SecDataDir ${directory}/temporary`,
    `SecUnicodeMapFile ${directory}/unicode.mapping 20127`,
    `Include ${join(root, 'etc/modsecurity/crs/crs-setup.conf')}`,
    `Include ${crs}`,
    '',
  ].join('\n');
}

function server(root: string, directory: string, port: number, application: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `  ${kind}_temp_path ${directory}/temporary/${kind};`)
    .join('\n');
  return `load_module ${join(root, 'usr/lib/nginx/modules/ngx_http_modsecurity_module.so')};
daemon off; master_process off; worker_processes 1; pid ${directory}/nginx.pid; error_log /dev/null;
events { worker_connections 256; }
http {
  access_log off; large_client_header_buffers 4 64k;
${temporary}
  server {
    listen 127.0.0.1:${port};
    modsecurity on; modsecurity_rules_file ${directory}/rules.conf;
    location / { proxy_pass http://127.0.0.1:${application}; }
  }
}
`;
}

async function listen(made: Server): Promise<Server> {
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  return made;
}

function portOf(made: Server): number {
  return (made.address() as AddressInfo).port;
}
