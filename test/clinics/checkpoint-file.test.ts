// Finality lost for good among four real clinics, and what their operators then type: a removal that cannot bite by itself,
// files signed by governance keys, and finality with those that are left.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import type { CheckpointFile } from '../../rpc/schema/checkpoint.ts';
import { type CommandResult, QUICK, runCommand } from '../helpers/devnet.ts';
import { approve } from '../helpers/governance.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
/** Both clinics of one organisation. */
const LOST = [1, 2];
const LEFT = [3, 4];
let net: TestNodes;

beforeAll(async () => {
  net = await TestNodes.found({ params: QUICK, miners: [LEFT[0]] });
  await Promise.all(net.numbers.map((number) => net.start(number)));
  await net.connected();
}, 5 * MINUTE);

afterAll(() => net?.remove());

const finalHeight = (number: number): number => net.node(number).chain.view.finalised.epoch * EPOCH_BLOCKS;
const head = (): number => net.node(LEFT[0]).chain.tip.header.height;
const pathOf = (name: string): string => join(net.founded.directory, name);

async function checkpoint(number: number, ...args: readonly string[]): Promise<CommandResult> {
  const { paths, url } = net.clinic(number);
  const token = (await readFile(paths.operatorToken, 'utf8')).trim();
  return runCommand(['member', 'checkpoint', ...args, '--node', url], { WARDMESH_TOKEN: token });
}

async function sign(number: number, ...args: readonly string[]): Promise<CheckpointFile> {
  const path = pathOf(`${number}.json`);
  expect(await checkpoint(number, 'sign', '--out', path, ...args)).toMatchObject({ code: EXIT.ok });
  return JSON.parse(await readFile(path, 'utf8'));
}

/** With the governance key of a lost clinic, which was kept elsewhere; a clinic that is left says what there is to sign. */
async function signElsewhere(number: number, { height }: CheckpointFile): Promise<void> {
  const { paths, passphrase } = net.clinic(number);
  await writeFile(pathOf('passphrase'), passphrase, { mode: 0o600 });
  const key = ['--keystore', paths.keystore, '--passphrase-file', pathOf('passphrase'), '--clinic', String(number)];
  const path = pathOf(`${number}.json`);
  const signed = await checkpoint(LEFT[0], 'sign', '--height', String(height), '--out', path, ...key);
  expect(signed).toMatchObject({ code: EXIT.ok });
}

async function removed(organisation: number): Promise<void> {
  const [first, second] = LEFT.map((number) => net.client(number));
  const { proposal } = await first.call('member_propose', { change: { type: 'remove-organisation', organisation } });
  const { statement } = await approve(second, proposal, 3 * MINUTE);
  await net.applied(LEFT[1], statement);
}

describe('two of four clinics gone for good', { timeout: 15 * MINUTE }, () => {
  it('are removed by a checkpoint file of governance keys, and finality goes on with the two left', async () => {
    await waitFor(() => finalHeight(3) > 0, { timeoutMs: 3 * MINUTE, what: 'the first final checkpoint' });
    for (const number of LOST) await net.stop(number);
    await removed(1);
    const stood = finalHeight(3) + EPOCH_BLOCKS;
    await net.reaches(3, head() + 3 * EPOCH_BLOCKS);
    expect(finalHeight(3)).toBeLessThanOrEqual(stood);
    const { members, next } = await net.client(3).call('member_list', { former: false });
    expect([members.length, next]).toEqual([4, null]);

    const file = await sign(3);
    expect(file.height).toBeGreaterThan(stood);
    // Clinic 4 signs what it has.
    await net.reaches(4, file.height);
    expect(await sign(4, '--height', String(file.height))).toMatchObject({ id: file.id });
    await signElsewhere(1, file);
    const [three, four, one] = [3, 4, 1].map((number) => pathOf(`${number}.json`));
    const tooFew = await checkpoint(3, 'install', three, four);
    expect([tooFew.code, tooFew.stderr]).toEqual([EXIT.refused, expect.stringContaining('Too few governance keys')]);
    for (const number of LEFT) {
      expect(await checkpoint(number, 'install', one, three, four)).toMatchObject({ code: EXIT.ok });
    }

    for (const number of LEFT) {
      const two = () => net.node(number).chain.members.size === 2;
      await waitFor(two, { timeoutMs: 3 * MINUTE, what: 'the set without the lost clinics' });
    }
    const { set } = net.node(3).chain.view;
    expect(set).toEqual({ id: 1, previous: undefined });
    const bite = head();
    for (const number of LEFT) {
      await waitFor(() => finalHeight(number) > bite, { timeoutMs: 3 * MINUTE, what: 'finality under the new set' });
    }
  });
});
