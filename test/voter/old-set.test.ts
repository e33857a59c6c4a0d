// What governance keys of a member set may still do once another set is in force: nothing.
import { expect, it } from 'vitest';
import { signEd25519 } from '#crypto';
import { checkpointMessage } from '../../consensus/chain/finality/certificate.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { MEMBERS_PROPOSE } from '../../consensus/ledger/kinds.ts';
import { encodeChange } from '../../consensus/ledger/members/change.ts';
import { encodePropose, governanceMessage } from '../../consensus/ledger/members/types.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import { founderOf, newClinicSecrets } from '../../node/genesis/founding.ts';
import { SimNetwork } from '../../node/simulation/nodes/sim-network.ts';

it('a checkpoint file of the founders counts nothing once others have joined them', async () => {
  const net = new SimNetwork({ clinics: 1, seed: 31 });
  await net.start();
  const founder = net.clinic(1);
  const { author, outbox, chain, voting } = founder.core;
  const secrets = newClinicSecrets((length) => net.random.bytes(length));
  const { organisation, ...clinic } = founderOf(secrets.seeds, {
    ...{ organisation: 'Second', name: 'Second', addresses: [], networks: [] },
  });
  const content = encodeChange({ type: 'admit', organisation, clinic });
  const salt = net.random.bytes(SALT_BYTES);
  const object = objectId(MEMBERS_PROPOSE, { type: 'clinic', clinic: 1 }, salt);
  const sign = (message: Uint8Array) => ({ clinic: 1, signature: signEd25519(founder.seeds.governance, message) });
  const approval = sign(governanceMessage(genesisId(net.genesis), object, content));
  const payload = encodePropose({ salt, expiry: chain.tip.header.height + 100, approval, content });
  await outbox.submit([author.make({ kind: MEMBERS_PROPOSE, object, version: 1, payload })]);
  const inForce = (): boolean => chain.view.set.id === 1;
  await net.pass(100 * net.interval, inForce);
  expect(inForce()).toBe(true);
  await net.reach(founder.height + 2 * EPOCH_BLOCKS, 100 * net.interval);

  const before = voting.finality.finalised;
  const height = EPOCH_BLOCKS * Math.floor(founder.height / EPOCH_BLOCKS);
  const entry = await founder.store.entryAt(height);
  const checkpoint = { epoch: height / EPOCH_BLOCKS, id: entry?.id ?? new Uint8Array(32) };
  expect(checkpoint.epoch).toBeGreaterThan(before.epoch);
  const file = { height, set: 0, checkpoint };
  const signatures = [sign(checkpointMessage(genesisId(net.genesis), file))];
  const certificate = { type: 'governance', ...file, signatures } as const;
  await expect(voting.install(certificate)).rejects.toMatchObject({ code: 'checkpoint.quorum' });
  expect(voting.finality.finalised).toEqual(before);
});
