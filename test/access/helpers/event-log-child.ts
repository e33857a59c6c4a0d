// Writes to an event log until it is killed; prints the number of each entry once it is on disk.
import { sha256, signingKeyPair } from '#crypto';
import { systemClock } from '../../../common/clock.ts';
import { createLogger } from '../../../common/logger.ts';
import { EventLog } from '../../../node/access/event-log/event-log.ts';
import { LocalDatabase } from '../../../node/store/local-database.ts';
import { OPERATOR } from '../../../rpc/access/principal.ts';
import { CLIENT } from '../../helpers/call-context.ts';

const database = new LocalDatabase({ path: process.argv[2], name: 'access', key: sha256(Uint8Array.of(1)) });
await database.open();
const key = signingKeyPair(sha256(Uint8Array.of(8)));
const log = new EventLog(
  { genesisId: sha256(Uint8Array.of(7)), clinic: 1, tagKey: sha256(Uint8Array.of(2)) },
  { database, key: () => key, clock: systemClock, logger: createLogger({ destination: { write: () => undefined } }) },
);
await log.start();
for (;;) {
  const call = { method: 'peer_ban', outcome: 'permitted', code: null, object: 'somebody' } as const;
  log.record({ ...call, principal: OPERATOR, client: CLIENT });
  const last = log.span.next - 1;
  await log.settled();
  process.stdout.write(`${last}\n`);
}
