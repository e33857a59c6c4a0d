// Puts together what the doors know and keep of access at this clinic: API keys and the event log, in one database.
import { hkdfSha256, signingKeyPair } from '#crypto';
import { equalBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { SCOPES } from '../../rpc/access/table.ts';
import { type ApiKeyHandlers, apiKeyService } from '../services/apikey-service.ts';
import { LocalDatabase } from '../store/local-database.ts';
import { localKeyValues } from '../store/local-key-values.ts';
import { ApiKeyStore } from './api-keys/api-keys.ts';
import { EventLog } from './event-log/event-log.ts';
import { EventReader } from './event-log/reader.ts';

export interface AccessOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: number;
  readonly path: string;
  readonly storageKey: Uint8Array;
  /** Seeds of this clinic's node key: the one in force first, then what else is in the keystore. */
  readonly nodeSeeds: readonly Uint8Array[];
}

export interface AccessModules {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Throws where nothing new may be acknowledged. */
  readonly demandRoom: () => void;
}

export interface Access {
  readonly database: LocalDatabase;
  readonly apiKeys: ApiKeyStore;
  readonly log: EventLog;
  readonly events: EventReader;
  readonly handlers: ApiKeyHandlers;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const API_KEYS = Uint8Array.of(0x6b);
const NOTHING = new Uint8Array(0);

export function assembleAccess(options: AccessOptions, modules: AccessModules): Access {
  const { genesisId, clinic, path, storageKey, nodeSeeds } = options;
  const { clock, logger, demandRoom } = modules;
  const database = new LocalDatabase({ path, name: 'access', key: storageKey }, { logger, demandRoom });
  const keys = nodeSeeds.map((seed) => ({ seed, publicKey: signingKeyPair(seed).publicKey }));
  const tagKey = hkdfSha256(storageKey, NOTHING, new TextEncoder().encode('wardmesh/access-tag/1'), 32);
  const log = new EventLog({ genesisId, clinic, tagKey }, { database, key: () => keys[0], clock, logger });
  const events = new EventReader(
    { genesisId, clinic },
    { log, database, isOwnKey: (key) => keys.some(({ publicKey }) => equalBytes(publicKey, key)) },
  );
  const store = localKeyValues(database, API_KEYS);
  const apiKeys = new ApiKeyStore({ clinic, scopes: SCOPES }, { store, clock });
  return {
    ...{ database, apiKeys, log, events },
    handlers: apiKeyService({ apiKeys }),
    start: async () => {
      await database.open();
      await apiKeys.load();
      await log.start();
    },
    stop: async () => {
      await log.stop();
      await database.close();
    },
  };
}
