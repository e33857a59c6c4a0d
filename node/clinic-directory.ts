// A clinic's data directory as a whole: made new, joined to a network by its genesis file, opened for a start.
// Owns the order of files; each file's content belongs to its own module.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { signingKeyPair } from '#crypto';
import { equalBytes } from '../common/bytes.ts';
import { CodedError } from '../common/errors.ts';
import { type Genesis, genesisId } from '../consensus/genesis.ts';
import { founders, type Member } from '../consensus/member-set.ts';
import { ensureToken } from '../rpc/token.ts';
import { ConfigError } from './config/load.ts';
import { type DataPaths, dataPaths, makePrivateDirectory, writePrivateFile } from './data-directory.ts';
import { type Founder, formatFounder, parseFounder } from './genesis/founder-file.ts';
import { founderOf, newClinicSecrets } from './genesis/founding.ts';
import { type GenesisBundle, readGenesisFile, writeGenesisFile } from './genesis/genesis-file.ts';
import { openSharedKeys } from './genesis/shared-keys.ts';
import { type InvitationPeer, readInvitation } from './joining/invitation.ts';
import { OBSERVER } from './joining/observers.ts';
import type { KeystoreContents, SharedKeys } from './keystore/contents.ts';
import { createKeystore, type Keystore, openKeystore } from './keystore/keystore.ts';
import { publicKeysOf } from './keystore/rotation.ts';
import { writeFirstAdministratorToken } from './people/first-administrator.ts';
import { NO_VOTES, voteFile } from './voter/vote-file.ts';

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
  /** Number 0 while it is an observer. */
  readonly clinic: Member;
  readonly keys: KeystoreContents;
  readonly keystore: Keystore;
  /** Whether the keystore was damaged or gone and came from its copy. */
  readonly repaired: boolean;
  /** Whom an observer may connect to, beside the members that its chain names. */
  readonly contacts: readonly InvitationPeer[];
  /** Keeps what an admitted clinic is and holds; the next `openClinic` gives it. */
  admit(member: Member, shared: SharedKeys): Promise<void>;
}

const admissionSchema = z.strictObject({
  clinic: z.int().min(1).max(0xffff),
  organisation: z.int().min(1).max(0xffff),
});

/**
 * Makes keystore, founder file and the tokens of the operator and the first administrator. Throws `keystore.exists` rather
 * than replace, `genesis.invalid`.
 */
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
  // Its vote key never voted; a file that is missing later means that it forgot.
  await voteFile(paths.votes).write(NO_VOTES);
  await ensureToken(paths.operatorToken);
  await writeFirstAdministratorToken(paths.firstAdministrator);
  await writePrivateFile(paths.founder, document);
  return founder;
}

/** Takes the network's genesis and the shared keys that were sealed to this clinic. */
export async function joinNetwork(directory: string, passphrase: string, bundle: GenesisBundle): Promise<Member> {
  const paths = dataPaths(directory);
  const keystore = await openKeystore(paths.keystore, passphrase);
  if (keystore.contents.shared !== undefined) await refuseAnother(directory, bundle.genesis);
  const clinic = await ownRecord(paths, bundle.genesis, keystore.contents);
  if (clinic === undefined) throw new ClinicError({ code: 'clinic.not-a-founder' });
  const { encryption } = keystore.contents.seeds;
  const shared = await openSharedKeys(bundle.genesis, bundle.sharedKeys, clinic.number, encryption);
  await keystore.update((contents) => ({ ...contents, shared }));
  // The keystore has them now; what may be destroyed there one day stands in no file beside it.
  await writeGenesisFile(paths.genesis, { genesis: bundle.genesis, sharedKeys: {} });
  await writeAdmission(paths, clinic);
  return clinic;
}

export async function openClinic(directory: string, passphrase: string): Promise<OpenClinic> {
  const paths = dataPaths(directory);
  const keystore = await openKeystore(paths.keystore, passphrase);
  const keys = keystore.contents;
  const joining = existsSync(paths.invitation);
  if (keys.shared === undefined && !joining) throw new ClinicError({ code: 'clinic.no-network', path: directory });
  const { genesis } = await readGenesisFile(paths.genesis);
  const clinic = (await ownRecord(paths, genesis, keys)) ?? (joining ? await joinedClinic(paths, keys) : undefined);
  if (clinic === undefined) throw new ClinicError({ code: 'clinic.not-a-founder' });
  // Before the first of its keys is another than in the genesis file.
  if (!existsSync(paths.admission) && clinic.number !== OBSERVER) await writeAdmission(paths, clinic);
  return {
    genesis,
    clinic,
    keys,
    keystore,
    repaired: keystore.repaired,
    contacts: joining ? readInvitation(await readFile(paths.invitation, 'utf8')).peers : [],
    admit: async (member, shared) => {
      await keystore.update((contents) => ({ ...contents, shared }));
      await writeAdmission(paths, member);
    },
  };
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

/** A clinic that genesis knows: by its node key, or, once that is another, by the number that this directory keeps. */
async function ownRecord(paths: DataPaths, genesis: Genesis, contents: KeystoreContents): Promise<Member | undefined> {
  const founder = founderIn(genesis, contents) ?? founders(genesis).record((await readAdmission(paths)).clinic);
  return founder && { ...founder, ...publicKeysOf(contents.seeds) };
}

function founderIn(genesis: Genesis, contents: KeystoreContents): Member | undefined {
  const { publicKey } = signingKeyPair(contents.seeds.node);
  return founders(genesis).clinics.find(({ nodeKey }) => equalBytes(nodeKey, publicKey));
}

/** A clinic that genesis does not know: what it says of itself, and the number that the chain gave it. */
async function joinedClinic(paths: DataPaths, { seeds }: KeystoreContents): Promise<Member> {
  const { name, addresses, networks } = parseFounder(await readFile(paths.founder, 'utf8'));
  const { organisation: _, ...record } = founderOf(seeds, { organisation: name, name, addresses, networks });
  const { clinic: number, organisation } = await readAdmission(paths);
  return { ...record, number, organisation, status: 'active', voteSuspended: false };
}

/** Of an observer while nobody admitted this clinic. */
async function readAdmission(paths: DataPaths): Promise<z.infer<typeof admissionSchema>> {
  if (!existsSync(paths.admission)) return { clinic: OBSERVER, organisation: OBSERVER };
  return admissionSchema.parse(JSON.parse(await readFile(paths.admission, 'utf8')));
}

async function writeAdmission(paths: DataPaths, { number, organisation }: Member): Promise<void> {
  await writePrivateFile(paths.admission, JSON.stringify({ clinic: number, organisation }));
}
