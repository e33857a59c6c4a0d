// A clinic's data directory as a whole: made new, joined to a network by its genesis file, opened for a start.
// Owns the order of files; each file's content belongs to its own module.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { signingKeyPair } from '#crypto';
import { equalBytes } from '../common/bytes.ts';
import { CodedError } from '../common/errors.ts';
import { type Genesis, genesisId } from '../consensus/genesis.ts';
import type { Member } from '../consensus/member-set.ts';
import { ensureToken } from '../rpc/token.ts';
import { ConfigError } from './config/load.ts';
import { dataPaths, makePrivateDirectory, writePrivateFile } from './data-directory.ts';
import { type Founder, formatFounder, parseFounder } from './genesis/founder-file.ts';
import { founderOf, newClinicSecrets } from './genesis/founding.ts';
import { type GenesisBundle, readGenesisFile, writeGenesisFile } from './genesis/genesis-file.ts';
import { openSharedKeys } from './genesis/shared-keys.ts';
import type { KeystoreContents } from './keystore/contents.ts';
import { createKeystore, openKeystore } from './keystore/keystore.ts';

export type ClinicErrorType =
  /** The genesis file lists no clinic with this keystore's keys. */
  | { code: 'clinic.not-a-founder' }
  /** The directory belongs to no network yet. */
  | { code: 'clinic.no-network'; path: string }
  /** Joining another would lose the keys and the chain of the one it belongs to. */
  | { code: 'clinic.joined'; path: string; network: string };

export class ClinicError extends CodedError<ClinicErrorType> {}

export interface OpenClinic {
  readonly genesis: Genesis;
  readonly clinic: Member;
  readonly keys: KeystoreContents;
}

/** Makes keystore, operator token and founder file. Throws `keystore.exists` rather than replace, `genesis.invalid`. */
export async function createClinic(
  directory: string,
  passphrase: string,
  about: Pick<Founder, 'organisation' | 'name' | 'addresses' | 'networks'>,
): Promise<Founder> {
  const paths = dataPaths(directory);
  await makePrivateDirectory(directory);
  const secrets = newClinicSecrets();
  const founder = founderOf(secrets.seeds, about);
  const document = formatFounder(founder);
  // Before the keys: a founder file that nobody accepts could not be made again.
  parseFounder(document);
  await createKeystore(paths.keystore, passphrase, secrets);
  await ensureToken(paths.operatorToken);
  await writePrivateFile(paths.founder, document);
  return founder;
}

/** Takes the network's genesis and the shared keys that were sealed to this clinic. */
export async function joinNetwork(directory: string, passphrase: string, bundle: GenesisBundle): Promise<Member> {
  const paths = dataPaths(directory);
  const keystore = await openKeystore(paths.keystore, passphrase);
  if (keystore.contents.shared !== undefined) await refuseAnother(directory, bundle.genesis);
  const clinic = memberOf(bundle.genesis, keystore.contents);
  const { encryption } = keystore.contents.seeds;
  const shared = await openSharedKeys(bundle.genesis, bundle.sharedKeys, clinic.number, encryption);
  await keystore.update((contents) => ({ ...contents, shared }));
  await writeGenesisFile(paths.genesis, bundle);
  return clinic;
}

export async function openClinic(directory: string, passphrase: string): Promise<OpenClinic> {
  const paths = dataPaths(directory);
  const keystore = await openKeystore(paths.keystore, passphrase);
  if (keystore.contents.shared === undefined) throw new ClinicError({ code: 'clinic.no-network', path: directory });
  const { genesis } = await readGenesisFile(paths.genesis);
  return { genesis, clinic: memberOf(genesis, keystore.contents), keys: keystore.contents };
}

/** The parsed configuration file, or undefined when there is none. */
export async function readConfigFile(directory: string): Promise<unknown> {
  const path = dataPaths(directory).config;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError({ code: 'config.syntax', path }, undefined, { cause: error });
  }
}

/** Throws `clinic.joined` unless the directory's genesis is this one. */
async function refuseAnother(directory: string, genesis: Genesis): Promise<void> {
  const { genesis: path } = dataPaths(directory);
  // A lost genesis file comes from another member.
  if (!existsSync(path)) return;
  const own = (await readGenesisFile(path)).genesis;
  if (equalBytes(genesisId(own), genesisId(genesis))) return;
  throw new ClinicError({ code: 'clinic.joined', path: directory, network: own.network });
}

function memberOf(genesis: Genesis, contents: KeystoreContents): Member {
  const { publicKey } = signingKeyPair(contents.seeds.node);
  const clinic = genesis.clinics.find(({ nodeKey }) => equalBytes(nodeKey, publicKey));
  if (clinic === undefined) throw new ClinicError({ code: 'clinic.not-a-founder' });
  return clinic;
}
