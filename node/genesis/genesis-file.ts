// The genesis file that every clinic of a network has: the document, its id, and the network's shared keys sealed to each
// founder. Owns the JSON form; canonical bytes are consensus/genesis.ts, sealing is shared-keys.ts.
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { toHex } from '../../common/bytes.ts';
import { type Genesis, GOVERNANCE_MODES, genesisId } from '../../consensus/genesis.ts';
import {
  EMERGENCY_OPEN,
  EMERGENCY_REVIEW,
  RECOVERY_DELAY,
  TAKE_OVER_DELAY,
  TAKE_OVER_LONGEST,
} from '../../consensus/params.ts';
import { writePrivateFile } from '../data-directory.ts';
import { GenesisError } from './errors.ts';
import {
  addressesField,
  bigField,
  formatDocument,
  keyField,
  nameField,
  networksField,
  parseDocument,
  spanField,
  timeField,
} from './fields.ts';
import { checkGenesis } from './rules.ts';

/** Per clinic number, base64 (shared-keys.ts). */
export type SealedSharedKeys = Readonly<Record<string, string>>;

export interface GenesisBundle {
  readonly genesis: Genesis;
  readonly sharedKeys: SealedSharedKeys;
}

const FORMAT = 'wardmesh/genesis-file/1';
const MAX_FILE_CHARACTERS = 8 * 1024 * 1024;
const MAX_MEMBERS = 1024;
/** Sealed keys of 64 epochs stay below. */
const MAX_SEALED_CHARACTERS = 4096;

const numberField = z.int().min(1).max(0xffff);

const paramsSchema = z.strictObject({
  blockInterval: z.int().min(1).max(0xffff_ffff),
  startTarget: bigField,
  easiestTarget: bigField,
  hardestTarget: bigField,
  statementMaxAge: spanField,
  keyGrace: spanField,
  threatMaxLife: spanField,
  /** Documents of 0.1.0 do not say it. */
  recoveryDelay: spanField.default(RECOVERY_DELAY),
  takeOverDelay: spanField.default(TAKE_OVER_DELAY),
  takeOverLongest: spanField.default(TAKE_OVER_LONGEST),
  emergencyOpen: spanField.default(EMERGENCY_OPEN),
  emergencyReview: spanField.default(EMERGENCY_REVIEW),
});

const clinicSchema = z.strictObject({
  number: numberField,
  organisation: numberField,
  name: nameField,
  governanceKey: keyField,
  nodeKey: keyField,
  gatewayKey: keyField,
  voteKey: keyField,
  encryptionKey: keyField,
  addresses: addressesField,
  networks: networksField,
});

const genesisSchema = z.strictObject({
  network: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'must be 1 to 64 of a-z, 0-9 and inner hyphens'),
  created: timeField,
  params: paramsSchema,
  governance: z.enum(GOVERNANCE_MODES).default('clinic'),
  country: z.string().regex(/^[A-Z]{2}$/, 'must be two capital letters (ISO 3166-1)'),
  idType: z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 of a-z, 0-9 and hyphens'),
  threatKeyHash: keyField,
  identifierKey: keyField,
  organisations: z
    .array(z.strictObject({ number: numberField, name: nameField }))
    .min(1)
    .max(MAX_MEMBERS),
  clinics: z.array(clinicSchema).min(1).max(MAX_MEMBERS),
});

const documentSchema = z.strictObject({ genesis: genesisSchema });

const bundleSchema = z.strictObject({
  format: z.literal(FORMAT),
  id: keyField,
  genesis: genesisSchema,
  sharedKeys: z.record(
    z.string().regex(/^[1-9]\d{0,4}$/, 'must be a clinic number'),
    z.base64().min(1).max(MAX_SEALED_CHARACTERS),
  ),
});

/** Throws GenesisError; `genesis.invalid` names the offending key. */
export function parseGenesisFile(text: string): GenesisBundle {
  if (text.length > MAX_FILE_CHARACTERS) throw tooLong();
  const { id, genesis, sharedKeys } = parseDocument(bundleSchema, text);
  checkGenesis(genesis);
  const computed = toHex(genesisId(genesis));
  if (computed !== toHex(id)) throw new GenesisError({ code: 'genesis.id', stated: toHex(id), computed });
  for (const number of Object.keys(sharedKeys)) {
    if (Number(number) > genesis.clinics.length) {
      throw new GenesisError({
        code: 'genesis.invalid',
        key: `sharedKeys.${number}`,
        reason: 'no clinic has this number',
      });
    }
  }
  return { genesis, sharedKeys };
}

/** A genesis made here, checked as its file will be by everyone who reads it. */
export function validGenesis(genesis: Genesis): Genesis {
  return checkGenesis(parseDocument(documentSchema, formatDocument({ genesis })).genesis);
}

export function formatGenesisFile({ genesis, sharedKeys }: GenesisBundle): string {
  return formatDocument({ format: FORMAT, id: genesisId(genesis), genesis, sharedKeys });
}

export async function readGenesisFile(path: string): Promise<GenesisBundle> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_CHARACTERS) throw tooLong();
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new GenesisError({ code: 'genesis.missing', path });
    throw error;
  }
  return parseGenesisFile(text);
}

export async function writeGenesisFile(path: string, bundle: GenesisBundle): Promise<void> {
  await writePrivateFile(path, formatGenesisFile(bundle));
}

function tooLong(): GenesisError {
  return new GenesisError({ code: 'genesis.syntax', reason: 'too long' });
}
