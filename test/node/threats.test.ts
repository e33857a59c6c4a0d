// What a clinic knows of threats after a restart, and after the ends of reports moved.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromHex } from '../../common/bytes.ts';
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { THREATS_EXTEND } from '../../consensus/ledger/kinds.ts';
import { decodeStatement } from '../../consensus/ledger/statement.ts';
import { encodeExtend } from '../../consensus/ledger/threats/types.ts';
import { ClinicAuthor } from '../../node/clinic-author.ts';
import { openClinic, readConfigFile } from '../../node/clinic-directory.ts';
import { loadConfig } from '../../node/config/load.ts';
import { Node } from '../../node/node.ts';
import { TestNodes } from '../helpers/nodes.ts';

const HOUR = 3_600_000;
const ADDRESS = '203.0.113.7';
const OTHER = '203.0.113.8';

let nodes: TestNodes;

beforeAll(async () => {
  nodes = await TestNodes.found({ clinics: 1 });
});

afterAll(() => nodes?.remove());

const verdict = async (address: string) => (await nodes.client(1).call('threat_check', { address })).verdict;

/** The clinic's next start, `ms` from now. */
async function startLater(ms: number): Promise<Node> {
  const { directory, passphrase, paths } = nodes.clinic(1);
  const { genesis, clinic, keys, keystore } = await openClinic(directory, passphrase);
  const config = loadConfig({ file: await readConfigFile(directory) });
  const clock = { ...systemClock, now: () => Date.now() + ms };
  const logger = createLogger({ level: 'silent' });
  const node = new Node({ genesis, clinic, keys, paths, config, webRoot: undefined }, { logger, clock, keystore });
  await node.start();
  return node;
}

describe('threats', { timeout: 480_000 }, () => {
  it('keep an extended report in force through a restart after its first end, and drop one that only ended', async () => {
    const node = await nodes.start(1);
    const { genesis } = nodes.founded.bundle;
    for (const address of [ADDRESS, OTHER]) {
      const { statement } = await nodes.client(1).call('threat_block', { address, reason: 'scan', forMs: HOUR / 6 });
      await nodes.applied(1, statement);
      if (address !== ADDRESS) continue;
      const made = node.outbox.get(fromHex(statement))!;
      const extension = new ClinicAuthor({ genesisId: genesisId(genesis), clinic: 1 }, { clock: systemClock }).make({
        kind: THREATS_EXTEND,
        object: decodeStatement(made.statement).object,
        version: 2,
        payload: encodeExtend(Date.now() + 48 * HOUR),
        role: 'gateway',
      });
      await node.outbox.submit([extension]);
      await nodes.applied(1, Buffer.from(extension.id).toString('hex'));
    }
    await nodes.stop(1);
    // Past the first end of both.
    const later = await startLater(2 * HOUR);
    try {
      expect(await verdict(ADDRESS)).toBe('block');
      expect(await verdict(OTHER)).toBe('allow');
    } finally {
      await later.stop();
    }
  });
});
