// Published DICOM files of many kinds, some of them broken: whatever names its study becomes one.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { imagingStudy, readDicom } from '../../care/fhir/dicom.ts';

const root = process.env.WARDMESH_TEST_DATA;
if (root === undefined) throw new Error('WARDMESH_TEST_DATA must name the data set: these tests read nothing else');

const folder = join(root, 'fhir', 'dicom');

it('reads 20 files without throwing as far as their names go, and names no person', () => {
  const outcomes = readdirSync(folder)
    .filter((name) => name.endsWith('.dcm'))
    .map((name) => {
      const bytes = new Uint8Array(readFileSync(join(folder, name)));
      const reading = readDicom(bytes);
      if ('refused' in reading) return `${name} ${reading.refused}`;
      const study = imagingStudy([reading.dicom], 'Patient/1');
      const text = JSON.stringify(study);
      expect(text).not.toMatch(/CompressedSamples|Anonymized|Rubo/);
      // A cut file gives the same, as long as its header is there.
      expect(readDicom(bytes.subarray(0, bytes.length - 16))).toEqual(reading);
      return `${name} ${reading.dicom.modality ?? '-'}`;
    });
  expect(outcomes).toEqual([
    'CT_small.dcm CT',
    'ExplVR_BigEnd.dcm US',
    'MR2_UNCI.dcm MR',
    'MR_small.dcm MR',
    'MR_truncated.dcm MR',
    'OBXXXX1A.dcm US',
    'badVR.dcm RTDOSE',
    'eCT_Supplemental.dcm CT',
    'examples_jpeg2k.dcm US',
    'examples_overlay.dcm MR',
    'examples_palette.dcm US',
    'examples_rgb_color.dcm US',
    'examples_ybr_color.dcm US',
    'gdcm-US-ALOKA-16.dcm US',
    'image_dfl.dcm OT',
    'liver_1frame.dcm SEG',
    'no_meta.dcm dicom.invalid',
    'rtdose.dcm RTDOSE',
    'test-SR.dcm SR',
    'waveform_ecg.dcm ECG',
  ]);
});
