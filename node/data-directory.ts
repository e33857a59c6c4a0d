// The files of one clinic's data directory: names and safe writing. Owns no content.
import { chmod, mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from './sync-directory.ts';

export interface DataPaths {
  readonly root: string;
  readonly config: string;
  readonly genesis: string;
  readonly keystore: string;
  readonly passphrase: string;
  readonly operatorToken: string;
  readonly founder: string;
  /** The certificate that the clinic signed itself, where the doors speak TLS and no other is named. */
  readonly tls: { readonly directory: string; readonly certificate: string; readonly key: string };
  /** Of a clinic that joined later. */
  readonly invitation: string;
  /** Its number, once it is a member: keys change, the number stays. */
  readonly admission: string;
  /** Whom this clinic has invited. */
  readonly observers: string;
  readonly bans: string;
  /** Where its doors were open last: the port may have come by a flag. */
  readonly doors: string;
  /** There while the chain is older than the clinic (catch-up.ts). */
  readonly catchUp: string;
  /** How far this clinic voted; never part of a backup. */
  readonly votes: string;
  readonly chain: string;
  readonly attachments: string;
  readonly outbox: string;
  readonly clinical: string;
  /** Key rows, packets and escrows: shreddable; a backup holds the own rows alone, as `ownKeys`. */
  readonly keys: string;
  /** Own rows of those, from a backup, until the start that takes them over. */
  readonly ownKeys: string;
  /** Ciphertext of records. */
  readonly blobs: string;
  /** Uploads that no record has taken up; emptied at each start. */
  readonly uploads: string;
  /** Mails that wait; never part of a backup: what they say is soon over. */
  readonly mail: string;
  /** API keys and the event log. */
  readonly access: string;
  /** What was announced to those who follow the blocklist; never part of a backup. */
  readonly feed: string;
  /** Blocks that only challenge at the node's own doors for the time being; likewise. */
  readonly heldBlocks: string;
  /** Requests that the gateways judged; never part of a backup, which would outlive the keys of its days. */
  readonly security: string;
  /** Persons of the organisation. */
  readonly people: string;
  /** One-time link for the first administrator, until it is used. */
  readonly firstAdministrator: string;
}

export function dataPaths(root: string): DataPaths {
  return {
    root,
    config: join(root, 'wardmesh.json'),
    genesis: join(root, 'genesis.json'),
    keystore: join(root, 'keystore.bin'),
    passphrase: join(root, 'passphrase'),
    operatorToken: join(root, 'operator.token'),
    founder: join(root, 'founder.json'),
    tls: {
      directory: join(root, 'tls'),
      certificate: join(root, 'tls', 'certificate.pem'),
      key: join(root, 'tls', 'key.pem'),
    },
    invitation: join(root, 'invitation.txt'),
    admission: join(root, 'admission.json'),
    observers: join(root, 'observers.json'),
    bans: join(root, 'bans.json'),
    doors: join(root, 'doors.json'),
    catchUp: join(root, 'catching-up.json'),
    votes: join(root, 'votes.bin'),
    chain: join(root, 'chain'),
    attachments: join(root, 'attachments'),
    outbox: join(root, 'outbox'),
    clinical: join(root, 'clinical'),
    keys: join(root, 'keys'),
    ownKeys: join(root, 'own-keys'),
    blobs: join(root, 'blobs'),
    uploads: join(root, 'uploads'),
    mail: join(root, 'mail'),
    access: join(root, 'access'),
    feed: join(root, 'feed.bin'),
    heldBlocks: join(root, 'held-blocks.bin'),
    security: join(root, 'security'),
    people: join(root, 'people'),
    firstAdministrator: join(root, 'first-administrator.token'),
  };
}

/** Mode 0700. */
export async function makePrivateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
}

let drafts = 0;

/** Whole or not at all: written beside, synced, renamed; mode 0600. Of two at once the later rename stays. */
export async function writePrivateFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.${drafts++}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}
