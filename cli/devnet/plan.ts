// The development network: four clinics of three organisations on one machine (design section 11). Owns names, ports
// and the making of their directories.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DEVELOPMENT } from '../../consensus/params.ts';
import { createClinic, joinNetwork } from '../../node/clinic-directory.ts';
import { dataPaths, makePrivateDirectory, writePrivateFile } from '../../node/data-directory.ts';
import type { Founder } from '../../node/genesis/founder-file.ts';
import { bundleOf, foundNetwork } from '../../node/genesis/founding.ts';
import { createPassphraseFile } from '../../node/keystore/passphrase.ts';

export interface DevnetClinic {
  readonly number: number;
  readonly name: string;
  readonly organisation: string;
  readonly directory: string;
  readonly httpPort: number;
  readonly p2pPort: number;
}

const CLINICS = [
  { name: 'Northside', organisation: 'Aspen Health' },
  { name: 'Southside', organisation: 'Aspen Health' },
  { name: 'Birch Family Practice', organisation: 'Birch Practice' },
  { name: 'Cedar Clinic', organisation: 'Cedar Medical' },
] as const;

const HTTP_PORT = 8640;
const P2P_PORT = 9640;
const COMPLETE = 'genesis.json';

export function devnetClinics(directory: string): DevnetClinic[] {
  return CLINICS.map(({ name, organisation }, index) => ({
    number: index + 1,
    name,
    organisation,
    directory: join(directory, `clinic-${index + 1}`),
    httpPort: HTTP_PORT + index + 1,
    p2pPort: P2P_PORT + index + 1,
  }));
}

/** Makes the four directories unless they are there; a half-made network is made anew. True when it was made. */
export async function prepareDevnet(directory: string, fresh: boolean): Promise<boolean> {
  if (!fresh && existsSync(join(directory, COMPLETE))) return false;
  const clinics = devnetClinics(directory);
  for (const clinic of clinics) await rm(clinic.directory, { recursive: true, force: true });
  await rm(join(directory, COMPLETE), { force: true });
  const made: { founder: Founder; passphrase: string }[] = [];
  for (const clinic of clinics) made.push(await makeClinic(clinic));
  const founded = foundNetwork({
    network: 'devnet',
    created: Date.now(),
    params: DEVELOPMENT,
    country: 'US',
    idType: 'ssn',
    founders: made.map(({ founder }) => founder),
  });
  const bundle = await bundleOf(founded);
  for (const [index, clinic] of clinics.entries()) await joinNetwork(clinic.directory, made[index].passphrase, bundle);
  // Written last: its presence says that the network is whole.
  await writePrivateFile(join(directory, COMPLETE), JSON.stringify({ clinics: clinics.length }));
  return true;
}

async function makeClinic(clinic: DevnetClinic): Promise<{ founder: Founder; passphrase: string }> {
  const paths = dataPaths(clinic.directory);
  await makePrivateDirectory(clinic.directory);
  const passphrase = await createPassphraseFile(paths.passphrase);
  const founder = await createClinic(clinic.directory, passphrase, {
    name: clinic.name,
    organisation: clinic.organisation,
    addresses: [`/ip4/127.0.0.1/tcp/${clinic.p2pPort}`],
    networks: [],
  });
  const config = { http: { port: clinic.httpPort }, p2p: { listen: [`/ip4/127.0.0.1/tcp/${clinic.p2pPort}`] } };
  await writePrivateFile(paths.config, `${JSON.stringify(config, undefined, 2)}\n`);
  return { founder, passphrase };
}
