// Takeouts on the disk of whoever runs the command: written encrypted, read back and checked before they count.
// Apart from the commands, so that others need not load it.
import { createReadStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import color from 'picocolors';
import { fromHex, toHex } from '../common/bytes.ts';
import { type AgeIdentity, type AgeRecipient, decryptAge, encryptAge, newAgeKey } from '../common/crypto/age.ts';
import { decodeGenesis, type Genesis } from '../consensus/genesis.ts';
import type { AuthorStanding } from '../records/chart/author-standing.ts';
import { LISTING_FILE } from '../records/takeout/listing.ts';
import { type VerifiedTakeout, verifyTakeout } from '../records/takeout/verify.ts';
import { ageIdentity } from './age-identity.ts';
import { withClient } from './client.ts';
import { answer, fields, table, when } from './output/say.ts';
import { passphraseOfBackup } from './passphrase.ts';
import { writeWhole } from './write-whole.ts';

export interface TakeoutFlags {
  readonly out: string;
  readonly country?: string;
  readonly type?: string;
  readonly passphraseFile?: string;
  readonly recipient?: string[];
}

export interface OpenFlags {
  readonly passphraseFile?: string;
  readonly identityFile?: string;
}

/** How every age file begins. */
const AGE_MAGIC = 'age-encryption.org/v1\n';
const READ_BYTES = 1024 * 1024;

export async function writeTakeout(patient: string, flags: TakeoutFlags, command: Command): Promise<void> {
  const target = resolve(flags.out);
  const { recipient, identity } = await sealing(flags);
  await withClient(command, async (client, { json }) => {
    const { genesis } = await client.call('chain_getGenesis', {});
    const draft = `${target}.${process.pid}.new`;
    try {
      const archive = client.takeout({ patient, country: flags.country, type: flags.type });
      await writeWhole(draft, encryptAge(recipient, archive));
      // As it lies on the disk: what cannot be read back and checked is no takeout.
      const verified = await verifyTakeout(decodeGenesis(fromHex(genesis)), decrypted(draft, identity));
      await rename(draft, target);
      answer(json, { file: target, ...summary(verified) }, (found) => words(`${target} is written.`, found));
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  });
}

/** A takeout as it was written, or the tar in it. */
export async function takeoutSummary(genesis: Genesis, path: string, start: Uint8Array, flags: OpenFlags) {
  const source = isEncrypted(start) ? decrypted(path, await ageIdentity(flags, 'a takeout')) : reading(path);
  return summary(await verifyTakeout(genesis, source));
}

export function isEncrypted(start: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(start).startsWith(AGE_MAGIC);
}

/** The tar of one: its first file is the listing. */
export function isTakeout(start: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(start).startsWith(`${LISTING_FILE}\0`);
}

export function takeoutWords(found: ReturnType<typeof summary>): string {
  return words('The takeout holds.', found);
}

function decrypted(path: string, identity: AgeIdentity): AsyncGenerator<Uint8Array> {
  return decryptAge(identity, reading(path));
}

function reading(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: READ_BYTES });
}

/** To age keys also to one of this moment, which is forgotten once the file was read back. */
async function sealing(flags: TakeoutFlags): Promise<{ recipient: AgeRecipient; identity: AgeIdentity }> {
  if (flags.recipient !== undefined) {
    const own = await newAgeKey();
    const recipients = [...flags.recipient, own.recipient];
    return { recipient: { type: 'key', recipients }, identity: { type: 'key', identity: own.identity } };
  }
  const passphrase = await passphraseOfBackup(undefined, flags.passphraseFile, 'a takeout');
  return { recipient: { type: 'passphrase', passphrase }, identity: { type: 'passphrase', passphrase } };
}

function summary({ listing, records, final }: VerifiedTakeout) {
  const { clinic, network, patient, made, elsewhere } = listing;
  return {
    ...{ clinic, network, patient, made, elsewhere, final },
    proven: records.filter(({ block }) => block !== undefined).length,
    missing: records.filter(({ manifest, content }) => manifest.cid !== '' && content === undefined).length,
    signatures: signatureCounts(records),
    records: records.map(({ manifest, standing, content, block, signature }) => ({
      ...{ file: content?.file ?? null, title: manifest.title, kind: manifest.kind, category: manifest.category },
      ...{ record: toHex(manifest.record), version: manifest.version, written: manifest.written, standing },
      ...{ block: block ?? null, signature },
    })),
  };
}

/** By whom a version is signed beside the clinic. */
const SIGNED: Readonly<Record<AuthorStanding, string>> = {
  none: 'the clinic alone',
  valid: 'its author',
  'key-lost': 'its author, by a key that was lost since',
  'key-unknown': 'a key that is not shown to be its author’s',
  invalid: 'nobody: the signature does not hold',
};

function signatureCounts(records: VerifiedTakeout['records']) {
  const count = (standing: AuthorStanding): number => records.filter(({ signature }) => signature === standing).length;
  const [unsigned, valid, keyLost, keyUnknown, invalid] = [
    ...[count('none'), count('valid'), count('key-lost'), count('key-unknown'), count('invalid')],
  ];
  return { signed: records.length - unsigned, valid, keyLost, keyUnknown, invalid, unsigned };
}

function signatureWords({
  signed,
  valid,
  keyLost,
  keyUnknown,
  invalid,
  unsigned,
}: ReturnType<typeof signatureCounts>): string {
  const parts = [
    `${signed} by who wrote them`,
    ...(signed === 0 ? [] : [`${valid} valid`]),
    ...(keyLost === 0 ? [] : [`${keyLost} by keys that were lost since`]),
    ...(keyUnknown === 0 ? [] : [`${keyUnknown} by keys that are not shown to be theirs`]),
    ...(invalid === 0 ? [] : [color.red(`${invalid} that do not hold`)]),
  ];
  return `${parts.join(', ')}; ${unsigned} by the clinic alone`;
}

function words(
  head: string,
  { clinic, patient, made, elsewhere, records, proven, missing, signatures, final }: ReturnType<typeof summary>,
) {
  const rows = records.map(({ file, category, kind, written, block, signature }) => [
    ...[file ?? '-', category, kind, when(written), SIGNED[signature]],
    block === null ? 'not proven' : `block ${block.height} of ${when(block.timestamp)}`,
  ]);
  return [
    color.green(head),
    '',
    fields([
      ['made by', `${clinic.name} (clinic ${clinic.number}), ${when(made)}`],
      ['patient', patient],
      ['records', `${records.length}, ${proven} shown to stand on the chain`],
      ...(missing === 0 ? [] : [['missing', `the content of ${missing} was not at the clinic`] as [string, string]]),
      ['signed', signatureWords(signatures)],
      ['final', `block ${final.height} of ${when(final.timestamp)}`],
      ['elsewhere', elsewhere.length === 0 ? 'no other clinic' : elsewhere.map(({ name }) => name).join(', ')],
    ]),
    '',
    table(['File', 'Category', 'Kind', 'Written', 'Signed by', 'On the chain'], rows, 'The clinic wrote nothing.'),
  ].join('\n');
}
