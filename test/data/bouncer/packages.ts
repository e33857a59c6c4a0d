// Programs of Debian packages, unpacked into a directory of their own and installed nowhere: no service starts and nothing
// registers anywhere.
import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The firewall bouncer, nft and ipset with what they load. */
const PACKAGES = [
  ...['crowdsec-firewall-bouncer', 'nftables', 'ipset'],
  ...[
    'libnftables1',
    'libnftnl11',
    'libmnl0',
    'libipset13',
    'libxtables12',
    'libjansson4',
    'libedit2',
    'libbsd0',
    'libmd0',
  ],
];

/** Environment in which the programs run; `directory` is empty. Throws where the packages cannot be had. */
export function unpackPrograms(directory: string): Record<string, string> {
  const debs = join(directory, 'debs');
  const root = join(directory, 'root');
  mkdirSync(debs, { recursive: true });
  const quiet: ExecFileSyncOptions = { cwd: debs, stdio: ['ignore', 'ignore', 'pipe'] };
  try {
    execFileSync('apt-get', ['download', '-q', ...PACKAGES], quiet);
  } catch {
    execFileSync('apt-get', ['update', '-q'], quiet);
    execFileSync('apt-get', ['download', '-q', ...PACKAGES], quiet);
  }
  for (const name of readdirSync(debs)) execFileSync('dpkg', ['-x', name, root], quiet);
  const machine = readdirSync(join(root, 'usr/lib')).find((name) => name.endsWith('-linux-gnu')) ?? '';
  const folders = ['usr/sbin', 'usr/bin', 'sbin', 'bin'].map((folder) => join(root, folder));
  return {
    PATH: [...folders, process.env.PATH, '/usr/sbin', '/sbin'].join(':'),
    LD_LIBRARY_PATH: ['usr/lib', 'lib'].map((folder) => join(root, folder, machine)).join(':'),
  };
}
