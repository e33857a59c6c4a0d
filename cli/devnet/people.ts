// People of the development network, one for each role, so that there is somebody to sign in as. They register as anybody
// would: a password that never leaves this process, a vault, a device key, a signed statement. Their passwords are in a
// file of the network's directory, made by chance at its first start.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from '#crypto';
import { fromHex, toHex } from '../../common/bytes.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { createAccount } from '../../identity/vault/account.ts';
import { exportVaultFile } from '../../identity/vault/file.ts';
import { authOf, DEFAULT_KDF, PASSWORD_SALT_BYTES, passwordBytes, stretch } from '../../identity/vault/kdf.ts';
import { createVault } from '../../identity/vault/vault.ts';
import { newWords, recoveryKeyOf } from '../../identity/vault/words.ts';
import { dataPaths, writePrivateFile } from '../../node/data-directory.ts';
import { createClient, type RpcClient } from '../../rpc/client.ts';
import type { DevnetClinic } from './plan.ts';

export interface DevnetPerson {
  readonly clinic: number;
  readonly name: string;
  readonly role: Role;
  readonly displayName: string;
  readonly password: string;
  /** The 24 recovery words. */
  readonly words: string;
}

const YEAR_MS = 365 * 86_400_000;
const PASSWORD_WORDS = 4;

/** By clinic; the other branch of the first organisation signs in the same people. */
const PLAN: readonly { readonly clinic: number; readonly name: string; readonly role: Role; readonly given: string }[] =
  [
    { clinic: 1, name: 'admin', role: 'admin', given: 'Anna' },
    { clinic: 1, name: 'doctor', role: 'doctor', given: 'Dorian' },
    { clinic: 1, name: 'nurse', role: 'nurse', given: 'Noor' },
    { clinic: 1, name: 'reception', role: 'reception', given: 'Rosa' },
    { clinic: 1, name: 'patient', role: 'patient', given: 'Paul' },
    { clinic: 1, name: 'researcher', role: 'researcher', given: 'Remy' },
    { clinic: 1, name: 'auditor', role: 'auditor', given: 'Aino' },
    { clinic: 1, name: 'privacy', role: 'privacy-officer', given: 'Priya' },
    { clinic: 3, name: 'admin', role: 'admin', given: 'Bela' },
    { clinic: 3, name: 'doctor', role: 'doctor', given: 'Birgit' },
    { clinic: 4, name: 'admin', role: 'admin', given: 'Carla' },
    { clinic: 4, name: 'doctor', role: 'doctor', given: 'Cem' },
  ];

/** Registers who is missing, one after the other; whoever is there stays as they are. */
export async function ensurePeople(directory: string, clinics: readonly DevnetClinic[]): Promise<DevnetPerson[]> {
  const people = await plannedPeople(join(directory, 'people.json'));
  for (const clinic of clinics) {
    const here = people.filter((person) => person.clinic === clinic.number);
    if (here.length === 0) continue;
    const url = `http://localhost:${clinic.httpPort}`;
    const token = (await readFile(dataPaths(clinic.directory).operatorToken, 'utf8')).trim();
    const operator = createClient({ url, token });
    const visitor = createClient({ url });
    try {
      for (const person of here) {
        if (!(await isKnown(operator, person.name))) await register(person, operator, visitor);
      }
    } finally {
      operator.close();
      visitor.close();
    }
  }
  return people;
}

/** The passwords are on the disk before anybody has one: a start that breaks off goes on with the same. */
async function plannedPeople(path: string): Promise<DevnetPerson[]> {
  if (existsSync(path)) return (JSON.parse(await readFile(path, 'utf8')) as { people: DevnetPerson[] }).people;
  const people = PLAN.map(({ clinic, name, role, given }): DevnetPerson => {
    const password = newWords().split(' ').slice(0, PASSWORD_WORDS).join('-');
    return { clinic, name, role, displayName: `${given} Example`, password, words: newWords() };
  });
  await writePrivateFile(path, `${JSON.stringify({ people }, undefined, 2)}\n`);
  return people;
}

async function isKnown(operator: RpcClient, name: string): Promise<boolean> {
  const { users } = await operator.call('admin_users', { search: name, limit: 200 });
  return users.some((user) => user.name === name);
}

async function register(person: DevnetPerson, operator: RpcClient, visitor: RpcClient): Promise<void> {
  const { name, role, displayName, password, words } = person;
  const token = await linkFor(role, operator);
  const salt = randomBytes(PASSWORD_SALT_BYTES);
  const master = await stretch(passwordBytes(password), salt, DEFAULT_KDF);
  const way = { kind: 'password', salt, kdf: DEFAULT_KDF, master } as const;
  const vault = await createVault([way, { kind: 'words', words }]);
  const recovery = recoveryKeyOf(words);
  const [givenName, familyName] = displayName.split(' ');
  const profile = { displayName, familyName, givenName, language: 'en' };
  const { genesis, now } = await visitor.call('node_health', {});
  const statement = createAccount(vault, {
    genesisId: fromHex(genesis),
    issued: now,
    profile: JSON.stringify(profile),
    recoveryKey: recovery.publicKey,
  });
  await visitor.call('account_register', {
    ...{ token, name, profile },
    salt: toHex(salt),
    auth: toHex(authOf(master)),
    vault: exportVaultFile(vault.file),
    recovery: { publicKey: toHex(recovery.publicKey) },
    statement: toHex(statement),
    asked: { kind: role === 'patient' ? 'patient' : 'staff', roles: [role] },
  });
}

/** The first administrator comes by the operator's one-time link, everybody else by invitation. */
async function linkFor(role: Role, operator: RpcClient): Promise<string> {
  if (role === 'admin') return (await operator.call('admin_firstAdministrator', {})).token;
  const kind = role === 'patient' ? 'patient' : 'staff';
  return (await operator.call('admin_invite', { kind, roles: [role], until: Date.now() + YEAR_MS })).token;
}
