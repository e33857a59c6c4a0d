import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DicomInstance, imagingStudy, MAX_DICOM_INFLATED_BYTES, readDicom } from '../../care/fhir/dicom.ts';
import { documentReference } from '../../care/fhir/document-reference.ts';
import { concatBytes } from '../../common/bytes.ts';
import { categoryOfResource } from '../../records/classify.ts';
import { dicomElement, dicomFile } from '../helpers/made-up-dicom.ts';

const names = [
  dicomElement(0x0008, 0x0016, 'UI', '1.2.840.10008.5.1.4.1.1.2'),
  dicomElement(0x0008, 0x0018, 'UI', '1.2.3.4.1'),
  dicomElement(0x0008, 0x0020, 'DA', '20220613'),
  dicomElement(0x0008, 0x0060, 'CS', 'CT'),
  dicomElement(0x0008, 0x1030, 'LO', 'Chest'),
  dicomElement(0x0010, 0x0010, 'PN', 'Doe^Jane'),
  dicomElement(0x0020, 0x000d, 'UI', '1.2.3'),
  dicomElement(0x0020, 0x000e, 'UI', '1.2.3.4'),
  dicomElement(0x0020, 0x0013, 'IS', '7'),
];

const whole = dicomFile(concatBytes(...names));
const read = (bytes: Uint8Array): DicomInstance => {
  const reading = readDicom(bytes);
  if ('refused' in reading) throw new Error(reading.refused);
  return reading.dicom;
};

describe('a DICOM file', () => {
  it('becomes an ImagingStudy that says which study it is and not whose', () => {
    const study = imagingStudy([read(whole)], 'Patient/1');
    expect(study).toMatchObject({
      resourceType: 'ImagingStudy',
      subject: { reference: 'Patient/1' },
      started: '2022-06-13',
      description: 'Chest',
      series: [{ uid: '1.2.3.4', modality: { code: 'CT' }, instance: [{ uid: '1.2.3.4.1', number: 7 }] }],
    });
    expect(JSON.stringify(study)).not.toContain('Doe');
    expect(categoryOfResource(study)).toBe('imaging');
  });

  it('makes the same study with its neighbours in whatever order they come, each once', () => {
    const one = read(whole);
    const all = [one, { ...one, instance: '1.2.3.4.2' }, { ...one, series: '1.2.3.5', instance: '1.2.3.5.1' }];
    const study = imagingStudy(all, 'Patient/1');
    expect(study).toMatchObject({ id: imagingStudy([one], 'Patient/2').id, numberOfSeries: 2, numberOfInstances: 3 });
    expect(imagingStudy([...all, one].reverse(), 'Patient/1')).toEqual(study);
  });

  it('that is none, or has no names, is refused with a code', () => {
    expect(readDicom(new Uint8Array(0))).toEqual({ refused: 'dicom.invalid' });
    expect(readDicom(new TextEncoder().encode('%PDF-1.7'))).toEqual({ refused: 'dicom.invalid' });
    expect(readDicom(dicomFile(concatBytes(...names.slice(0, 6))))).toEqual({ refused: 'dicom.names' });
    expect(readDicom(dicomFile(dicomElement(0x0020, 0x000d, 'UI', 'not a uid')))).toEqual({ refused: 'dicom.names' });
  });

  it('that is deflated is read, and one that would fill the memory is refused', () => {
    const deflated = '1.2.840.10008.1.2.1.99';
    expect(read(dicomFile(deflateRawSync(concatBytes(...names)), deflated)).study).toBe('1.2.3');
    const bomb = deflateRawSync(new Uint8Array(MAX_DICOM_INFLATED_BYTES + 1));
    expect(readDicom(dicomFile(bomb, deflated))).toHaveProperty('refused');
  });

  it('never makes the reader throw, whatever is changed in it', () => {
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.uint8Array({ minLength: 1, maxLength: 6 }), (at, change) => {
        const bytes = whole.slice();
        bytes.set(change.subarray(0, bytes.length - at), at);
        readDicom(bytes);
        readDicom(whole.subarray(0, at));
      }),
      { numRuns: 300 },
    );
  });
});

it('a document becomes a DocumentReference that says where its bytes are', () => {
  const file = {
    id: 'a1',
    patient: 'Patient/1',
    mediaType: 'application/pdf',
    title: 'Letter',
    size: 9,
    written: 0,
  };
  expect(documentReference(file)).toMatchObject({
    resourceType: 'DocumentReference',
    status: 'current',
    content: [{ attachment: { contentType: 'application/pdf', size: 9 } }],
  });
});
