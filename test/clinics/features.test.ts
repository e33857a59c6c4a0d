// A feature activated on a running network, with whole nodes: those that know it go on with it, those that do not stop, keep
// what they have, and say why; their supervisor lets them be.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DevnetProcesses } from '../../cli/devnet/processes.ts';
import { EXIT } from '../../cli/exit.ts';
import { systemClock } from '../../common/clock.ts';
import { FEATURES } from '../../consensus/features.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { PARAMS_REHEARSE } from '../../consensus/ledger/kinds.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import { ClinicAuthor } from '../../node/clinic-author.ts';
import { createClient, type RpcClient } from '../../rpc/client.ts';
import { foundClinics, QUICK } from '../helpers/devnet.ts';
import { approve } from '../helpers/governance.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';

const LONG = 120_000;
/** Two epochs, and more blocks than a proposal and each approval take on a machine that is busy. */
const noticeOf = (approvals: number): number => 2 * EPOCH_BLOCKS + 30 * approvals;
/** Of no version. */
const UNKNOWN = 999;

let cleanUp: () => Promise<unknown> = async () => {};

afterEach(() => cleanUp());

/** Proposed at the first of these clinics, approved at the others; the height of the activation. */
async function activate([first, ...others]: readonly RpcClient[], feature: number): Promise<number> {
  const height = (await first.call('chain_head')).height + noticeOf(1 + others.length);
  const { proposal } = await first.call('member_propose', { change: { type: 'activate', feature, height } });
  for (const client of others) await approve(client, proposal, LONG);
  return height;
}

function rehearsal(net: TestNodes) {
  const { genesis } = net.founded.bundle;
  const author = new ClinicAuthor({ genesisId: genesisId(genesis), clinic: 1 }, { clock: systemClock });
  const salt = new Uint8Array(SALT_BYTES).fill(7);
  const object = objectId(PARAMS_REHEARSE, { type: 'clinic', clinic: 1 }, salt);
  return author.make({ kind: PARAMS_REHEARSE, object, version: 1, payload: salt });
}

describe('a feature that governance activates', { timeout: 4 * LONG }, () => {
  it('is used by those that know it and stops those that do not, before they take a block and at every start', async () => {
    const net = await TestNodes.found({ clinics: 2, miners: [1], params: QUICK });
    cleanUp = () => net.remove();
    await Promise.all([net.start(1), net.start(2, {}, [])]);
    await net.connected();
    const height = await activate([net.client(1), net.client(2)], FEATURES.rehearsal);
    expect(await net.node(2).failed).toMatchObject({
      code: 'feature.unknown',
      type: { feature: FEATURES.rehearsal, height },
    });
    const stoppedAt = net.node(2).chain.tip.header.height;
    expect(stoppedAt).toBe(height - 1);
    await net.stop(2);
    await expect(net.start(2, {}, [])).rejects.toMatchObject({ code: 'feature.unknown', type: { height } });
    await net.reaches(1, height);
    const [{ id }] = await net.node(1).outbox.submit([rehearsal(net)]);
    const statement = Buffer.from(id).toString('hex');
    await net.applied(1, statement);
    expect((await net.client(1).call('chain_statement', { id: statement })).outcome?.result).toBe('applied');
    // with the version that knows it, from where the old one stopped
    const { chain } = await net.start(2);
    expect(chain.tip.header.height).toBeGreaterThanOrEqual(stoppedAt);
    await net.reaches(2, net.node(1).chain.tip.header.height);
    await net.agreed();
  });

  it('ends the process of a clinic that lacks it with a code of its own, after which devnet starts it no more', async () => {
    const founded = await foundClinics({ clinics: 1 });
    const [clinic] = founded.clinics;
    const ends: { how: string; again: boolean }[] = [];
    let ready = false;
    const processes = new DevnetProcesses([{ ...clinic, name: 'Northside', organisation: 'Aspen' }], {
      ready: () => {
        ready = true;
      },
      died: (_, how, again) => ends.push({ how, again }),
    });
    const token = (await readFile(clinic.paths.operatorToken, 'utf8')).trim();
    const client = createClient({ url: clinic.url, token });
    cleanUp = async () => {
      client.close();
      await processes.stop();
      await founded.remove();
    };
    await processes.start();
    await waitFor(() => ready, { timeoutMs: LONG, what: 'the clinic to be ready' });
    const height = await activate([client], UNKNOWN);
    const end = { how: `exit code ${EXIT.outdated}`, again: false };
    await waitFor(() => ends.length > 0, { timeoutMs: 2 * LONG, what: 'the end of the clinic' });
    expect(ends).toEqual([end]);
    const log = await readFile(join(clinic.directory, 'node.log'), 'utf8');
    expect(log).toContain(`This version lacks feature ${UNKNOWN}, which block ${height} needs`);
    ready = false;
    await processes.start();
    await waitFor(() => ends.length > 1, { timeoutMs: LONG, what: 'the end of the next start' });
    expect(ends).toEqual([end, end]);
    expect(ready).toBe(false);
  });
});
