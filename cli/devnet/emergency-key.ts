// The key for emergencies of the development network: its clinics make it at the first start, so that breaking the glass can
// be tried. The identifier key stays whole with everybody until somebody begins a ceremony for it.
import { readFile } from 'node:fs/promises';
import { dataPaths } from '../../node/data-directory.ts';
import { createClient } from '../../rpc/client.ts';
import type { DevnetClinic } from './plan.ts';

/** Begins the ceremony where there is neither a key nor a ceremony under way; a failed one is begun again. */
export async function ensureEmergencyKey(clinic: DevnetClinic): Promise<void> {
  const token = (await readFile(dataPaths(clinic.directory).operatorToken, 'utf8')).trim();
  const client = createClient({ url: `http://localhost:${clinic.httpPort}`, token });
  try {
    const { keys } = await client.call('ceremony_status', {});
    const emergency = keys.find(({ purpose }) => purpose === 'emergency');
    const isRunning = emergency?.ceremony?.until != null;
    if (emergency?.key === null && !isRunning) await client.call('ceremony_begin', { purpose: 'emergency' });
  } finally {
    client.close();
  }
}
