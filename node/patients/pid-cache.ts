// Identifiers that this clinic computed before, in its encrypted local database: known patients need no evaluation.

import { concatBytes } from '../../common/bytes.ts';
import type { PidCache } from '../../identity/patient/patient-identifiers.ts';
import type { Pid } from '../../identity/patient/pid.ts';
import type { LocalDatabase } from '../store/local-database.ts';

const PREFIX = Uint8Array.of(0x70);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function pidCache(database: LocalDatabase): PidCache {
  return {
    async get(key): Promise<Pid | undefined> {
      const bytes = await database.get(concatBytes(PREFIX, key));
      return bytes === undefined ? undefined : decoder.decode(bytes);
    },
    put: (key, pid) => database.batch([{ type: 'put', key: concatBytes(PREFIX, key), value: encoder.encode(pid) }]),
  };
}
