// What custodians decide by beside what stands in the clear in a key row: type, sections, labels, encounters and author of a
// version, sealed under the chart's consent key, which they hold. Bound to the version, not to its wrapping. Owns bytes and
// sealing; what follows from the facts is consent/.
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { ROLES, type Role, roleByte } from '../../consensus/ledger/accounts/types.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { isLabel } from '../sensitivity.ts';
import { readOptional32, writeOptional32 } from './optional.ts';
import { openUnder, SEAL_BYTES, sealUnder } from './seal.ts';

export interface ContentFacts {
  /** FHIR type, or `document`. */
  readonly kind: string;
  /** Codes of its FHIR category. */
  readonly sections: readonly string[];
  /** Confidentiality and sensitivity labels. */
  readonly labels: readonly string[];
  /** As `encounterId` names them. */
  readonly encounters: readonly Uint8Array[];
  /** Undefined for what the clinic brought in. */
  readonly author: { readonly account: Uint8Array; readonly role: Role } | undefined;
}

/** The version that facts are of. */
export interface FactsName {
  readonly clinic: ClinicNumber;
  readonly chart: Uint8Array;
  readonly record: Uint8Array;
  readonly version: number;
}

export interface SealedFacts {
  /** Of the chart's consent key. */
  readonly epoch: number;
  readonly sealed: Uint8Array;
}

const MAX_KIND = 64;
export const MAX_FACT_SECTIONS = 16;
const MAX_FACT_SECTION = 64;
/** Labels of a version itself; what is added to a record has those of the record besides. */
export const MAX_OWN_LABELS = 16;
const MAX_FACT_LABELS = 2 * MAX_OWN_LABELS;
const MAX_FACT_LABEL = 16;
export const MAX_FACT_ENCOUNTERS = 16;
/** All of these at their most. */
const MAX_FACTS_BYTES = 2247;
export const MAX_SEALED_FACTS = MAX_FACTS_BYTES + SEAL_BYTES;

const utf8 = new TextEncoder();

/** An encounter of a chart by its FHIR reference, such as `Encounter/1`, so that nothing but the chart tells which it is. */
export function encounterId(chart: Uint8Array, reference: string): Uint8Array {
  const name = /(?:^|\/)(Encounter\/[A-Za-z0-9.-]{1,64})(?:\/_history\/[^/]+)?$/.exec(reference)?.[1] ?? reference;
  return taggedHash('wardmesh/encounter/1', chart, utf8.encode(name));
}

export function sealFacts(
  name: FactsName,
  { epoch, key }: { readonly epoch: number; readonly key: Uint8Array },
  facts: ContentFacts,
): SealedFacts {
  return { epoch, sealed: sealUnder(key, 'facts', boundBytes(name, epoch), encodeFacts(facts)) };
}

/** Throws CryptoError `crypto.open`, CodecError. */
export function openFacts(name: FactsName, { epoch, sealed }: SealedFacts, consentKey: Uint8Array): ContentFacts {
  return decodeFacts(openUnder(consentKey, 'facts', boundBytes(name, epoch), sealed));
}

export function encodeFacts({ kind, sections, labels, encounters, author }: ContentFacts): Uint8Array {
  const out = new Writer(256).text16(kind, MAX_KIND);
  out.u8(bounded(sections, MAX_FACT_SECTIONS, 'sections').length);
  for (const section of sections) out.text16(section, MAX_FACT_SECTION);
  out.u8(bounded(labels, MAX_FACT_LABELS, 'labels').length);
  for (const label of labels) {
    if (!isLabel(label)) throw wrong('label');
    out.text16(label, MAX_FACT_LABEL);
  }
  out.u8(bounded(encounters, MAX_FACT_ENCOUNTERS, 'encounters').length);
  for (const encounter of encounters) out.fixed(encounter, 32);
  writeOptional32(out, author?.account);
  return (author === undefined ? out : out.u8(roleByte(author.role))).finish();
}

/** Throws CodecError. */
export function decodeFacts(bytes: Uint8Array): ContentFacts {
  const input = new Reader(bytes);
  const kind = input.text16(MAX_KIND);
  const sections = many(input, MAX_FACT_SECTIONS, 'sections', () => input.text16(MAX_FACT_SECTION));
  const labels = many(input, MAX_FACT_LABELS, 'labels', () => {
    const label = input.text16(MAX_FACT_LABEL);
    if (!isLabel(label)) throw wrong('label');
    return label;
  });
  const encounters = many(input, MAX_FACT_ENCOUNTERS, 'encounters', () => input.fixed(32));
  const account = readOptional32(input);
  const role = account === undefined ? undefined : ROLES[input.u8() - 1];
  if (account !== undefined && role === undefined) throw wrong('role');
  input.end();
  const author = account === undefined || role === undefined ? undefined : { account, role };
  return { kind, sections, labels, encounters, author };
}

function many<T>(input: Reader, limit: number, field: string, read: () => T): T[] {
  const length = input.u8();
  if (length > limit) throw new CodecError({ code: 'codec.length', field: `facts.${field}`, length, limit });
  return Array.from({ length }, read);
}

function bounded<T>(items: readonly T[], limit: number, field: string): readonly T[] {
  const { length } = items;
  if (length > limit) throw new CodecError({ code: 'codec.length', field: `facts.${field}`, length, limit });
  return items;
}

function boundBytes({ clinic, chart, record, version }: FactsName, epoch: number): Uint8Array {
  return new Writer(74).u16(clinic).fixed(chart, 32).fixed(record, 32).u32(version).u32(epoch).finish();
}

function wrong(field: string): CodecError {
  return new CodecError({ code: 'codec.value', field: `facts.${field}` });
}
