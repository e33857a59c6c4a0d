// What a takeout says of itself to a person who unpacks it. Owns the words.
import { LISTING_FILE, type Listing } from '../../records/takeout/listing.ts';

/** `inVault`: versions that the patient keeps in the own vault there. */
export function readMe({ clinic, network, made, patient, elsewhere, records }: Listing, inVault: number): string {
  const missing = records.filter(({ manifest, content }) => manifest.cid !== '' && content === undefined).length;
  const unproven = records.filter(({ proof }) => proof === undefined).length;
  const signed = records.filter(({ manifest }) => manifest.signed !== undefined).length;
  const lines = [
    `What ${clinic.name} wrote about one patient, as of ${new Date(made).toISOString()}.`,
    `Patient: ${patient}. Network: ${network}, clinic ${clinic.number}.`,
    '',
    `${LISTING_FILE} lists every record with its file. Records are in records/, FHIR resources as JSON, documents as they`,
    'were brought in. history.json says what the chain knows of the patient, accesses.ndjson who read what and why (FHIR',
    'AuditEvent, one a line, the newest 10,000). These files are not encrypted any more once unpacked: keep them like paper.',
    '',
    'To check the archive with no network: wardmesh verify ARCHIVE --genesis genesis.json',
    'ARCHIVE is the encrypted file or the tar in it. The genesis file of the network is from somebody whom you trust.',
    'It shows that this clinic made the archive, that each file is what it says, and that the chain was told of each record;',
    `and who wrote it, where the person signed: ${signed} are signed so, the others by the clinic alone.`,
    '',
    `${records.length} records. ${unproven} without a proof: the chain had not made them final, or a later version took their place.`,
    ...(missing === 0 ? [] : [`${missing} whose content was not at the clinic when this was made.`]),
    ...(inVault === 0
      ? []
      : [
          `vault/ has ${inVault} more that the patient keeps in the own vault, as the clinic has them: they open with that alone.`,
        ]),
    ...(elsewhere.length === 0
      ? ['No other clinic has this patient registered.']
      : [`Other clinics give what they keep: ${elsewhere.map(({ name }) => name).join(', ')}.`]),
  ];
  return `${lines.join('\n')}\n`;
}
