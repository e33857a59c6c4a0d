// What a clinic keeps of others' charts, and what it lets go of, told by the messages of one of them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { createLogger } from '../../common/logger.ts';
import { genesisId as idOf } from '../../consensus/genesis.ts';
import { encodePatientClinicRow } from '../../consensus/ledger/patients/rows.ts';
import { ChartStore, putRow } from '../../node/charts/chart-store.ts';
import { Custody } from '../../node/charts/custody.ts';
import { encodeRowItem, makeRowsMessage, type RowItem } from '../../node/charts/rows-wire.ts';
import { founderOf, foundNetwork, newClinicSecrets } from '../../node/genesis/founding.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { RequestHandler } from '../../p2p/ports.ts';
import { makeKeyRow, rewrapKeyRow } from '../../records/chart/key-row.ts';
import { FAST } from '../helpers/devnet.ts';
import { memoryRows } from '../helpers/memory-rows.ts';
import { manifest } from '../records/chart/generators.ts';

const NOW = 1_900_000_000_000;
const secrets = Array.from({ length: 4 }, () => newClinicSecrets());
const genesis = foundNetwork({
  ...{ network: 'test', created: 1_800_000_000_000, params: FAST, country: 'US', idType: 'ssn' },
  founders: secrets.map(({ seeds }, index) =>
    founderOf(seeds, { organisation: `Org ${index}`, name: `Clinic ${index}`, addresses: [], networks: [] }),
  ),
}).genesis;
const genesisId = idOf(genesis);
const members = new MemberSets({ genesis }, { states: async () => [] });

const ATTACHED = encodePatientClinicRow({
  ...{ attached: true, version: 1, ended: 0, changed: 1 },
  statement: randomBytes(32),
});

/** Clinic 1; every patient is registered everywhere. */
function custodian() {
  const store = new ChartStore({ database: memoryRows() });
  const deleted: string[] = [];
  const served: RequestHandler[] = [];
  new Custody(
    { genesisId, clinic: 1 },
    {
      ...{ store, members, onRows: () => undefined, guards: { isErased: () => false } },
      ...{ clock: { now: () => NOW } as never, logger: createLogger({ level: 'silent' }) },
      chain: { states: async () => [ATTACHED] },
      network: { serve: (_: unknown, handler: RequestHandler) => void served.push(handler) } as never,
      blobs: { delete: async (cid: string) => void deleted.push(cid), putSmall: async () => [] } as never,
    },
  );
  /** From clinic 2. */
  const send = async (...items: RowItem[]): Promise<void> => {
    const message = makeRowsMessage(
      { from: 2, to: 1, now: NOW },
      items.map(encodeRowItem),
      genesisId,
      secrets[1].seeds.node,
    );
    const from = peerIdOf(members.current.clinic(2)?.nodeKey as Uint8Array);
    for await (const _ of served[0](from, message));
  };
  return { store, deleted, send };
}

function rowOf(clinic: number, chart: Uint8Array, cid: string) {
  const signer = { genesisId, seed: secrets[clinic - 1].seeds.node };
  const name = { clinic, chart, handle: randomBytes(32), category: 'labs' as const, epoch: 1 };
  const content = { manifest: fc.sample(manifest, 1)[0], salt: randomBytes(32), dataKey: randomBytes(32) };
  const key = randomBytes(32);
  const about = { ...name, record: randomBytes(32), version: 1, revision: 1, written: 1, cid, size: 1 };
  return rewrapKeyRow(makeKeyRow(about, key, content, signer), key, { epoch: 2, categoryKey: key }, signer);
}

test('rows that leave a custodian take their ciphertext along, but for what another row names', async () => {
  const { store, deleted, send } = custodian();
  const chart = randomBytes(32);
  const victim = rowOf(3, randomBytes(32), 'of-another');
  await store.batch([putRow(victim)]);
  const alone = rowOf(2, chart, 'alone');
  const forged = { ...rowOf(2, chart, 'of-another'), handle: alone.handle };
  await store.batch([putRow(alone), putRow(forged)]);
  const drop = { type: 'drop-rows', chart, category: 'labs' } as const;
  await send(drop, drop);
  expect(deleted).toEqual(['alone']);
  expect(await store.versions(victim, victim.record)).toHaveLength(1);
  expect(await store.versions(alone, alone.record)).toEqual([]);
});
