// The three things that `wardmesh init` does: a new clinic, a new network, a clinic joined to a network.
// Apart from the command line, so that other commands need not load them.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { GovernanceMode } from '../consensus/genesis.ts';
import { DEVELOPMENT, PRODUCTION } from '../consensus/params.ts';
import { isCountry } from '../identity/patient/countries.ts';
import { createClinic, joinNetwork } from '../node/clinic-directory.ts';
import { dataPaths, makePrivateDirectory } from '../node/data-directory.ts';
import { parseFounder } from '../node/genesis/founder-file.ts';
import { bundleOf, foundNetwork } from '../node/genesis/founding.ts';
import { readGenesisFile, writeGenesisFile } from '../node/genesis/genesis-file.ts';
import { CommandError, EXIT } from './exit.ts';
import { answer, fields } from './output/say.ts';
import { passphraseForNew, passphraseOf } from './passphrase.ts';

export interface InitOptions {
  data: string;
  name?: string;
  organisation?: string;
  address: string[];
  ownNetwork: string[];
  passphraseFile?: string;
  genesis?: string;
  found?: string[];
  network: string;
  profile: 'production' | 'development';
  governance: GovernanceMode;
  country: string;
  idType: string;
  out: string;
}

export async function init(options: InitOptions, json: boolean): Promise<void> {
  if (options.found !== undefined) await found(options, options.found, json);
  else if (options.genesis !== undefined) await join(options, options.genesis, json);
  else await create(options, json);
}

async function create(options: InitOptions, json: boolean): Promise<void> {
  const { name, organisation } = options;
  if (name === undefined || organisation === undefined) {
    throw new CommandError('a new clinic needs --name and --organisation', EXIT.usage);
  }
  const directory = resolve(options.data);
  await makePrivateDirectory(directory);
  const passphrase = await passphraseForNew(directory, options.passphraseFile);
  const about = { name, organisation, addresses: options.address, networks: options.ownNetwork };
  await createClinic(directory, passphrase, about);
  const { founder } = dataPaths(directory);
  answer(json, { data: directory, founder }, () =>
    [
      fields([
        ['data', directory],
        ['founder file', founder],
      ]),
      '',
      'To join a running network: send the founder file to a member, which answers with an invitation; then',
      `  wardmesh join INVITATION --data ${options.data} && wardmesh start --data ${options.data}`,
      'To found a network: collect the founder files of all clinics at one of them and run',
      '  wardmesh init --found FILE FILE ... --network NAME --out genesis.json',
      'then at every clinic',
      `  wardmesh init --data ${options.data} --genesis genesis.json && wardmesh start --data ${options.data}`,
      'Once it runs, a link for its first administrator:',
      `  WARDMESH_DATA=${options.data} wardmesh account first-admin`,
    ].join('\n'),
  );
}

async function found(options: InitOptions, files: readonly string[], json: boolean): Promise<void> {
  const country = options.country.toUpperCase();
  if (!isCountry(country)) {
    throw new CommandError(`${options.country} is no country; give an ISO 3166-1 alpha-2 code such as US`, EXIT.usage);
  }
  const founders = await Promise.all(files.map(async (file) => parseFounder(await readFile(file, 'utf8'))));
  const { network, idType } = options;
  const params = options.profile === 'production' ? PRODUCTION : DEVELOPMENT;
  const founded = foundNetwork({
    network,
    created: Date.now(),
    params,
    governance: options.governance,
    country,
    idType,
    founders,
  });
  const out = resolve(options.out);
  // Another genesis would be another network; members may have this one already.
  if (existsSync(out)) throw new CommandError(`${out} exists already; give another --out or remove it`);
  await writeGenesisFile(out, await bundleOf(founded));
  const clinics = founded.genesis.clinics.map(({ number, name }) => ({ number, name }));
  answer(json, { genesis: out, clinics }, () =>
    fields([['genesis file', out], ...clinics.map(({ number, name }): [string, string] => [`clinic ${number}`, name])]),
  );
}

async function join(options: InitOptions, file: string, json: boolean): Promise<void> {
  const directory = resolve(options.data);
  const passphrase = await passphraseOf(directory, options.passphraseFile);
  const bundle = await readGenesisFile(resolve(file));
  const clinic = await joinNetwork(directory, passphrase, bundle);
  const result = { clinic: clinic.number, name: clinic.name, network: bundle.genesis.network };
  answer(json, result, () => `${result.name} is clinic ${result.clinic} of ${result.network}.`);
}
