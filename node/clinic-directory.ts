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
import { createKeystore, openKeystore } from './keystore/keystore.ts';
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
  // Its vote key never voted; a file that is missing later means that it forgot.
  await voteFile(paths.votes).write(NO_VOTES);
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
  const keys = keystore.contents;
  const joining = existsSync(paths.invitation);
  if (keys.shared === undefined && !joining) throw new ClinicError({ code: 'clinic.no-network', path: directory });
  const { genesis } = await readGenesisFile(paths.genesis);
  const clinic = founderIn(genesis, keys) ?? (joining ? await joinedClinic(paths, keys) : undefined);
  if (clinic === undefined) throw new ClinicError({ code: 'clinic.not-a-founder' });
  return {
    genesis,
    clinic,
    keys,
    repaired: keystore.repaired,
    contacts: joining ? readInvitation(await readFile(paths.invitation, 'utf8')).peers : [],
    admit: async (member, shared) => {
      await keystore.update((contents) => ({ ...contents, shared }));
      const admission = { clinic: member.number, organisation: member.organisation };
      await writePrivateFile(paths.admission, JSON.stringify(admission));
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

function memberOf(genesis: Genesis, contents: KeystoreContents): Member {
  const clinic = founderIn(genesis, contents);
  if (clinic === undefined) throw new ClinicError({ code: 'clinic.not-a-founder' });
  return clinic;
}

function founderIn(genesis: Genesis, contents: KeystoreContents): Member | undefined {
  const { publicKey } = signingKeyPair(contents.seeds.node);
  return founders(genesis).clinics.find(({ nodeKey }) => equalBytes(nodeKey, publicKey));
}

/** A clinic that genesis does not know: what it says of itself, and the number that the chain gave it. */
async function joinedClinic(paths: DataPaths, { seeds }: KeystoreContents): Promise<Member> {
  const { name, addresses, networks } = parseFounder(await readFile(paths.founder, 'utf8'));
  const { organisation: _, ...record } = founderOf(seeds, { organisation: name, name, addresses, networks });
  const admitted = existsSync(paths.admission)
    ? admissionSchema.parse(JSON.parse(await readFile(paths.admission, 'utf8')))
    : { clinic: OBSERVER, organisation: OBSERVER };
  const { clinic: number, organisation } = admitted;
  return { ...record, number, organisation, status: 'active', voteSuspended: false };
}
