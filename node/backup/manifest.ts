// What stands last in a backup: what it is, when and where it was made, and every entry with its hash. A backup without it,
// or with another entry than it lists, is none.
import { z } from 'zod';
import { BackupError } from './errors.ts';

/** Version 1 had no persons, version 2 no keys of records. */
export const BACKUP_VERSION = 3;
export const MANIFEST_NAME = 'backup.json';
/** Entries of one backup: parts of 8 MiB, so about a terabyte. */
const MAX_ENTRIES = 131_072;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const block = z.strictObject({ height: z.int().min(0), id: hash });

const manifestSchema = z.strictObject({
  format: z.literal('wardmesh/backup'),
  version: z.int(),
  /** Version of the program. */
  program: z.string().max(64),
  made: z.int().min(0),
  network: z.string().max(64),
  genesis: hash,
  clinic: z.strictObject({ number: z.int().min(0).max(0xffff), name: z.string().max(256) }),
  head: block,
  final: block,
  /** Number of the last batch of each database. */
  databases: z.strictObject({
    outbox: z.int().min(0),
    clinical: z.int().min(0),
    people: z.int().min(0).optional(),
    access: z.int().min(0).optional(),
  }),
  /** Highest block of the chain in it; null when it comes from the peers. */
  chain: z.int().min(0).nullable(),
  entries: z.array(z.strictObject({ name: z.string().max(128), bytes: z.int().min(0), sha256: hash })).max(MAX_ENTRIES),
});

export type Manifest = z.output<typeof manifestSchema>;

/** Throws BackupError. */
export function parseManifest(bytes: Uint8Array): Manifest {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new BackupError({ code: 'backup.format', reason: 'its list of contents is not JSON' });
  }
  const version = z.looseObject({ version: z.int() }).safeParse(document);
  if (version.success && version.data.version > BACKUP_VERSION) {
    throw new BackupError({ code: 'backup.version', found: version.data.version, expected: BACKUP_VERSION });
  }
  const result = manifestSchema.safeParse(document);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new BackupError({ code: 'backup.format', reason: `${issue.path.join('.')} ${issue.message}` });
}
