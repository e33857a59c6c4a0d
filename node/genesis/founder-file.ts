// What a clinic hands to whoever founds the network: its public keys, names and addresses, as JSON. Holds no secret.
import { z } from 'zod';
import type { FounderClinic } from '../../consensus/genesis.ts';
import { addressesField, formatDocument, keyField, nameField, networksField, parseDocument } from './fields.ts';

/** A founder before it has a number; `organisation` is a name, the same for all its branches. */
export interface Founder extends Omit<FounderClinic, 'number' | 'organisation'> {
  readonly organisation: string;
}

const FORMAT = 'wardmesh/founder/1';

const founderSchema = z.strictObject({
  format: z.literal(FORMAT),
  organisation: nameField,
  name: nameField,
  governanceKey: keyField,
  nodeKey: keyField,
  gatewayKey: keyField,
  voteKey: keyField,
  encryptionKey: keyField,
  addresses: addressesField,
  networks: networksField,
});

/** Throws GenesisError; `genesis.invalid` names the offending key. */
export function parseFounder(text: string): Founder {
  const { format: _, ...founder } = parseDocument(founderSchema, text);
  return founder;
}

export function formatFounder(founder: Founder): string {
  return formatDocument({ format: FORMAT, ...founder });
}
