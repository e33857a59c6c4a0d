// A process that judges and logs until it is killed: says how many entries are on disk, and how many it has judged.
// Arguments: the folder of the log, and the storage key in hex.
import { fromHex } from '../../../common/bytes.ts';
import { systemClock } from '../../../common/clock.ts';
import { createLogger } from '../../../common/logger.ts';
import { SecurityLog } from '../../../node/security/security-log.ts';
import { plainDecision } from '../../gateway/log/generators.ts';

const [path, storageKey] = process.argv.slice(2);
const log = new SecurityLog(
  { path, storageKey: fromHex(storageKey), segmentBytes: 20_000 },
  { clock: systemClock, logger: createLogger({ level: 'silent' }), demandRoom: () => undefined },
);
await log.start();
let judged = log.end - 1;
setInterval(() => {
  for (let i = 0; i < 20; i++) {
    const decision = plainDecision({
      reference: String(++judged).padStart(12, '0'),
      at: Date.now(),
      score: judged % 101,
    });
    log.append(decision);
    log.answered(decision, 200);
  }
  process.stdout.write(`${log.end - 1} ${judged}\n`);
}, 5);
