// State rows of organisations and clinics (PROTOCOL 7.1). Founders come from genesis; how rows change comes with admission.
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import type { FounderClinic, FounderOrganisation } from '../../genesis.ts';

const MAX_NAME = 200;
const MAX_ADDRESS = 200;

/** The id of the row is the organisation's number. */
export function encodeOrganisationRow(organisation: FounderOrganisation): Uint8Array {
  return new Writer(64).text16(organisation.name, MAX_NAME).finish();
}

export function decodeOrganisationRow(number: number, bytes: Uint8Array): FounderOrganisation {
  const input = new Reader(bytes);
  const name = input.text16(MAX_NAME);
  input.end();
  return { number, name };
}

/** The id of the row is the clinic's number. */
export function encodeClinicRow(clinic: FounderClinic): Uint8Array {
  const out = new Writer(512).u16(clinic.organisation).text16(clinic.name, MAX_NAME);
  for (const key of [clinic.governanceKey, clinic.nodeKey, clinic.gatewayKey, clinic.voteKey, clinic.encryptionKey]) {
    out.fixed(key, 32);
  }
  writeTexts(out, clinic.addresses);
  writeTexts(out, clinic.networks);
  return out.finish();
}

export function decodeClinicRow(number: number, bytes: Uint8Array): FounderClinic {
  const input = new Reader(bytes);
  const clinic = {
    number,
    organisation: input.u16(),
    name: input.text16(MAX_NAME),
    governanceKey: input.fixed(32),
    nodeKey: input.fixed(32),
    gatewayKey: input.fixed(32),
    voteKey: input.fixed(32),
    encryptionKey: input.fixed(32),
    addresses: readTexts(input),
    networks: readTexts(input),
  };
  input.end();
  return clinic;
}

function writeTexts(out: Writer, texts: readonly string[]): void {
  out.u8(texts.length);
  for (const text of texts) out.text16(text, MAX_ADDRESS);
}

function readTexts(input: Reader): string[] {
  const count = input.u8();
  const texts: string[] = [];
  for (let i = 0; i < count; i++) texts.push(input.text16(MAX_ADDRESS));
  return texts;
}
