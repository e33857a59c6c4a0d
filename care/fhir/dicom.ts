// The header of a DICOM file as an ImagingStudy: which study, series and instance it is, never whose. Hostile files are
// refused with a code; pixels are not read. Owns no storage: the file itself stays as it is, in its envelope.
import { inflateRawSync } from 'node:zlib';
import dicomParser from 'dicom-parser';
import { sha256 } from '#crypto';
import { toHex } from '../../common/bytes.ts';

/** Enough of a file to read its header; a caller need not hold more. */
export const DICOM_HEAD_BYTES = 1024 * 1024;
/** What a deflated header may grow to. */
export const MAX_DICOM_INFLATED_BYTES = 16 * 1024 * 1024;

export interface DicomInstance {
  /** Dotted numbers, as DICOM has them. */
  readonly study: string;
  readonly series: string;
  readonly instance: string;
  readonly sopClass: string | undefined;
  /** Such as CT, MR, US. */
  readonly modality: string | undefined;
  /** FHIR date or dateTime, without a zone: as the machine had it. */
  readonly started: string | undefined;
  readonly description: string | undefined;
  readonly seriesDescription: string | undefined;
  readonly seriesNumber: number | undefined;
  readonly number: number | undefined;
}

export type DicomReading =
  | { readonly dicom: DicomInstance }
  /** Not a DICOM file, damaged, or without the names that a study needs. */
  | { readonly refused: 'dicom.invalid' | 'dicom.names' };

const UID = /^[0-9]+(\.[0-9]+)+$/;
const PIXELS = 'x7fe00010';
const MAX_TEXT = 200;

/** Takes the first DICOM_HEAD_BYTES of a file, or all of it. Never throws on input. */
export function readDicom(bytes: Uint8Array): DicomReading {
  const data = parseHead(bytes.subarray(0, DICOM_HEAD_BYTES));
  if (data === undefined) return { refused: 'dicom.invalid' };
  const text = (tag: string) => clean(attempt(() => data.string(tag)));
  const uid = (tag: string) => {
    const value = text(tag);
    return value !== undefined && value.length <= 64 && UID.test(value) ? value : undefined;
  };
  const number = (tag: string) => {
    const value = Number(text(tag) ?? Number.NaN);
    return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  };
  const [study, series, instance] = [uid('x0020000d'), uid('x0020000e'), uid('x00080018')];
  if (study === undefined || series === undefined || instance === undefined) return { refused: 'dicom.names' };
  const modality = text('x00080060');
  const dicom: DicomInstance = {
    ...{ study, series, instance, sopClass: uid('x00080016') },
    modality: modality !== undefined && /^[A-Z]{2,16}$/.test(modality) ? modality : undefined,
    started: dateOf(text('x00080020')),
    description: text('x00081030'),
    seriesDescription: text('x0008103e'),
    seriesNumber: number('x00200011'),
    number: number('x00200013'),
  };
  return { dicom };
}

type DataSet = ReturnType<typeof dicomParser.parseDicom>;

/** What was read before the end, or before damage: names come first. */
function parseHead(head: Uint8Array): DataSet | undefined {
  try {
    return dicomParser.parseDicom(head, { untilTag: PIXELS, inflater: inflateBounded });
  } catch (error) {
    // The library throws text and errors, and an object with what it has when it stops within the data.
    return typeof error === 'object' && error !== null && 'dataSet' in error ? (error.dataSet as DataSet) : undefined;
  }
}

/** One ImagingStudy of R4 from files of one study, the same whatever their order; `patient` is `Patient/...`. */
export function imagingStudy(instances: readonly DicomInstance[], patient: string): Record<string, unknown> {
  const sorted = [...instances].sort((a, b) => compare(a.series, b.series) || compare(a.instance, b.instance));
  const unique = sorted.filter(({ instance }, index) => instance !== sorted[index - 1]?.instance);
  const [first] = unique;
  const series = [...Map.groupBy(unique, (one) => one.series)].map(([uid, files]) => ({
    uid,
    ...optional('number', files[0].seriesNumber),
    modality: { system: 'http://dicom.nema.org/resources/ontology/DCM', code: files[0].modality ?? 'OT' },
    ...optional('description', files[0].seriesDescription),
    numberOfInstances: files.length,
    instance: files.map(({ instance, sopClass, number }) => ({
      uid: instance,
      sopClass: { system: 'urn:ietf:rfc:3986', code: `urn:oid:${sopClass ?? '1.2.840.10008.5.1.4.1.1.7'}` },
      ...optional('number', number),
    })),
  }));
  return {
    resourceType: 'ImagingStudy',
    id: studyId(first.study),
    identifier: [{ system: 'urn:dicom:uid', value: `urn:oid:${first.study}` }],
    status: 'available',
    subject: { reference: patient },
    ...optional('started', first.started),
    numberOfSeries: series.length,
    numberOfInstances: unique.length,
    ...optional('description', first.description),
    series,
  };
}

/** The same study has the same id at every import. */
function studyId(uid: string): string {
  return `dcm-${toHex(sha256(new TextEncoder().encode(uid))).slice(0, 40)}`;
}

function inflateBounded(bytes: Uint8Array, position: number): Uint8Array {
  const inflated = inflateRawSync(bytes.subarray(position), {
    maxOutputLength: MAX_DICOM_INFLATED_BYTES,
    finishFlush: 2,
  });
  const whole = new Uint8Array(position + inflated.length);
  whole.set(bytes.subarray(0, position));
  whole.set(inflated, position);
  return whole;
}

/** DICOM's YYYYMMDD; a machine's clock has no zone, so its time is left out. */
function dateOf(text: string | undefined): string | undefined {
  const match = /^(\d{4})\.?(0[1-9]|1[0-2])\.?(0[1-9]|[12]\d|3[01])$/.exec(text ?? '');
  return match === null ? undefined : `${match[1]}-${match[2]}-${match[3]}`;
}

/** Padding and control characters away; long text cut. */
function clean(text: string | undefined): string | undefined {
  const plain = text
    ?.replace(/\p{Cc}/gu, ' ')
    .normalize('NFC')
    .trim();
  return plain === undefined || plain === '' ? undefined : [...plain].slice(0, MAX_TEXT).join('');
}

function attempt(read: () => string | undefined): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function optional(name: string, value: unknown): Record<string, unknown> {
  return value === undefined ? {} : { [name]: value };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
