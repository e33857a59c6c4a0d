// Persons who may write records: registered with their keys and given the role of doctor by their clinics, in a network
// that then is as a real one. Runs the clinics' nodes in this process for as long as that takes.
import { encryptionKeyPair, signEd25519, signingKeyPair } from '#crypto';
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { encodeCreate, encodeSetRole, roleObject } from '../../consensus/ledger/accounts/types.ts';
import { ACCOUNTS_CREATE, ACCOUNTS_SET_ROLE } from '../../consensus/ledger/kinds.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { encodeStatement, statementId } from '../../consensus/ledger/statement.ts';
import { ClinicAuthor } from '../../node/clinic-author.ts';
import { openClinic, readConfigFile } from '../../node/clinic-directory.ts';
import { loadConfig } from '../../node/config/load.ts';
import { dataPaths } from '../../node/data-directory.ts';
import { Node } from '../../node/node.ts';
import type { NewStatement, Outbox } from '../../node/outbox/outbox.ts';
import type { ClinicPlace } from './clinics.ts';
import { numbered } from './ledger.ts';

export interface Doctor {
  readonly clinic: number;
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
}

const ROLE_MS = 365 * 86_400_000;
const WAIT_MS = 60_000;

/** The genesis id, and `perClinic` doctors of each clinic. */
export async function makeDoctors(
  places: readonly ClinicPlace[],
  perClinic: number,
): Promise<{ id: Uint8Array; doctors: Doctor[] }> {
  const clinics = await Promise.all(places.map(openNode));
  await Promise.all(clinics.map(({ node }) => node.start()));
  try {
    const made = await Promise.all(clinics.map((clinic) => register(clinic, perClinic)));
    return { id: clinics[0].id, doctors: made.flat() };
  } finally {
    await Promise.all(clinics.map(({ node }) => node.stop()));
  }
}

interface OpenNode {
  readonly number: number;
  readonly id: Uint8Array;
  readonly node: Node;
}

async function openNode({ directory, number, passphrase }: ClinicPlace): Promise<OpenNode> {
  const { genesis, clinic, keys, keystore } = await openClinic(directory, passphrase);
  const config = loadConfig({ file: await readConfigFile(directory) });
  const options = { genesis, clinic, keys, paths: dataPaths(directory), config, webRoot: undefined };
  const node = new Node(options, { logger: createLogger({ level: 'error' }), keystore });
  return { number, id: genesisId(genesis), node };
}

async function register({ number, id, node }: OpenNode, count: number): Promise<Doctor[]> {
  const author = new ClinicAuthor({ genesisId: id, clinic: number }, { clock: systemClock });
  const doctors = Array.from({ length: count }, (_, index) => ({
    clinic: number,
    ...signingKeyPair(numbered('doctor', number, index)),
  }));
  const accounts = doctors.map((doctor) => createAccount(id, doctor));
  await applied(node.outbox, accounts);
  const roles = accounts.map(({ account }) =>
    author.make({
      kind: ACCOUNTS_SET_ROLE,
      object: roleObject(account, number, 'doctor'),
      version: 1,
      payload: encodeSetRole({ account, role: 'doctor', end: Date.now() + ROLE_MS }),
    }),
  );
  await applied(node.outbox, roles);
  return doctors;
}

function createAccount(network: Uint8Array, doctor: Doctor): NewStatement & { account: Uint8Array } {
  const author = { type: 'person', key: doctor.publicKey } as const;
  const salt = numbered('account').slice(0, SALT_BYTES);
  const account = objectId(ACCOUNTS_CREATE, author, salt);
  const { publicKey: encryptionKey } = encryptionKeyPair(doctor.seed);
  const statement = {
    kind: ACCOUNTS_CREATE,
    author,
    object: account,
    version: 1,
    issued: Date.now(),
    payload: encodeCreate({ salt, encryptionKey, profile: numbered('profile'), recoveryKey: undefined }),
    attachment: undefined,
  };
  const id = statementId(network, statement);
  const bytes = encodeStatement({ ...statement, signature: signEd25519(doctor.seed, id) });
  return { id, statement: bytes, attachment: undefined, role: 'node', account };
}

/** Submits and waits until a block applied all of them. */
async function applied(outbox: Outbox, statements: readonly NewStatement[]): Promise<void> {
  const given = statements.map(({ id, statement, attachment, role }) => ({ id, statement, attachment, role }));
  const open = (): boolean => given.some(({ id }) => outbox.get(id)?.state !== 'done');
  await outbox.submit(given);
  const end = performance.now() + WAIT_MS;
  while (open()) {
    if (performance.now() > end) throw new Error('registrations were not applied in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const refused = given.map(({ id }) => outbox.get(id)?.outcome).find((outcome) => outcome?.status !== 'applied');
  if (refused !== undefined) throw new Error(`a registration was refused with code ${refused.code}`);
}
