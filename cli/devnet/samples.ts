// Made-up patients of the development network, so that there is somebody to find. Numbers of no real person: US social
// security numbers that begin with 9 are never issued.
import { readFile } from 'node:fs/promises';
import { dataPaths } from '../../node/data-directory.ts';
import { createClient } from '../../rpc/client.ts';
import type { DevnetClinic } from './plan.ts';

export const SAMPLES = [
  { given: 'Ada', family: 'Sample', number: '999-41-7306', born: '1954-03-11', gender: 'female' },
  { given: 'Ben', family: 'Sample', number: '999-52-8417', born: '1987-10-02', gender: 'male' },
  { given: 'Cleo', family: 'Sample', number: '999-63-9528', born: '2016-06-27', gender: 'female' },
] as const;

/** Registers them at a clinic; those that are known stay as they are. */
export async function registerSamples(clinic: DevnetClinic): Promise<void> {
  const token = (await readFile(dataPaths(clinic.directory).operatorToken, 'utf8')).trim();
  const client = createClient({ url: `http://localhost:${clinic.httpPort}`, token });
  try {
    await client.call('patient_import', {
      resources: SAMPLES.map((sample, line) => ({
        line,
        text: JSON.stringify({
          resourceType: 'Patient',
          id: `sample-${line + 1}`,
          identifier: [{ system: 'http://hl7.org/fhir/sid/us-ssn', value: sample.number }],
          name: [{ family: sample.family, given: [sample.given] }],
          birthDate: sample.born,
          gender: sample.gender,
        }),
      })),
    });
  } finally {
    client.close();
  }
}
