// Founds a network of containers in an empty set of volumes: keys of every clinic below /clinics/NUMBER, one genesis, every
// clinic joined to it. Runs once inside the image, as root, since new volumes belong to root; may be run again at any
// time. For trying out: in a real network every clinic makes its keys at home (docs/OPERATIONS.md).
//   node found.ts NETWORK PROFILE 'NAME|ORGANISATION|HOST' ...
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const COMMAND = '/app/bin/wardmesh.js';
const CLINICS = '/clinics';
const GENESIS = '/network/genesis.json';
const P2P_PORT = 9641;
/** The user of the image. */
const OWNER = 10_001;

function init(...words: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [COMMAND, 'init', ...words], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`wardmesh init ${words.join(' ')} ended with ${status}`);
}

function give(path: string): void {
  chownSync(path, OWNER, OWNER);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) give(inner);
    else chownSync(inner, OWNER, OWNER);
  }
}

const [network, profile, ...clinics] = process.argv.slice(2);
const directories = clinics.map((_, index) => join(CLINICS, String(index + 1)));
const founders = directories.map((directory) => join(directory, 'founder.json'));

if (!existsSync(GENESIS)) {
  for (const [index, clinic] of clinics.entries()) {
    const [name, organisation, host] = clinic.split('|');
    if (existsSync(founders[index])) continue;
    // Keys without their founder file are those of a founding that was interrupted; nobody knows them yet.
    rmSync(join(directories[index], 'keystore.bin'), { force: true });
    rmSync(join(directories[index], 'passphrase'), { force: true });
    const address = `/dns4/${host}/tcp/${P2P_PORT}`;
    init('--data', directories[index], '--name', name, '--organisation', organisation, '--address', address);
  }
  init('--found', ...founders, '--network', network, '--profile', profile, '--out', GENESIS);
}
for (const directory of directories) {
  if (!existsSync(join(directory, 'genesis.json'))) init('--data', directory, '--genesis', GENESIS);
  give(directory);
}
give('/network');
console.log(`The network ${network} is founded: ${clinics.length} clinics.`);
