// The real bouncer with a configuration, and what the kernel of this network namespace then does. Runs inside the namespace.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { waitFor } from '../../helpers/wait-for.ts';

export interface Bouncer {
  stop(): Promise<void>;
  log(): string;
}

/** Polls once a second, which is as often as it can. */
export async function startBouncer(
  directory: string,
  { mode, url, key }: { readonly mode: 'nftables' | 'ipset'; readonly url: string; readonly key: string },
): Promise<Bouncer> {
  const path = join(directory, `bouncer-${mode}.yaml`);
  const family = (table: string) => `{enabled: true, set-only: false, table: ${table}, chain: ${table}-chain}`;
  const lines = [
    ...[
      `mode: ${mode}`,
      'pid_dir: ./',
      'update_frequency: 1s',
      'daemonize: false',
      'log_mode: stdout',
      'log_level: info',
    ],
    ...[`api_url: ${url}/`, `api_key: ${key}`, 'disable_ipv6: false', 'deny_action: DROP', 'deny_log: false'],
    ...[
      'supported_decisions_types: [ban]',
      'blacklists_ipv4: crowdsec-blacklists',
      'blacklists_ipv6: crowdsec6-blacklists',
    ],
    ...['nftables:', `  ipv4: ${family('crowdsec')}`, `  ipv6: ${family('crowdsec6')}`],
    'prometheus: {enabled: false, listen_addr: 127.0.0.1, listen_port: 60601}',
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  const child = spawn('crowdsec-firewall-bouncer', ['-c', path], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk));
  await waitFor(() => log.includes('Processing new and deleted') || ended(child), {
    timeoutMs: 120_000,
    what: 'the bouncer',
  });
  if (ended(child)) throw new Error(`the bouncer ended: ${log}`);
  return {
    log: () => log,
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      if (!ended(child) && child.kill()) await gone;
      for (const [kind, table] of [
        ['ip', 'crowdsec'],
        ['ip6', 'crowdsec6'],
      ]) {
        if (run('nft', 'list', 'tables').includes(`table ${kind} ${table}\n`))
          run('nft', 'delete', 'table', kind, table);
      }
    },
  };
}

export function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 30 });
}

/** Values of the bouncer's set of IPv4 addresses with the seconds that they have left. */
export function nftElements(): Map<string, number> {
  const listed = JSON.parse(run('nft', '-j', 'list', 'set', 'ip', 'crowdsec', 'crowdsec-blacklists'));
  const set = listed.nftables.find((part: { set?: unknown }) => part.set !== undefined).set;
  const elements: { elem: { val: string; expires: number } }[] = set.elem ?? [];
  return new Map(elements.map(({ elem }) => [elem.val, elem.expires]));
}

/** Whether a connection from this address of the namespace to that port comes about. */
export function reaches(from: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: from });
    const done = (open: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(open);
    };
    const timer = setTimeout(() => done(false), 100);
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
