// One clinic that writes into charts, with rows and blobs in memory; what it tells the chain is kept.
import { randomBytes, sha256 } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { createLogger } from '../../common/logger.ts';
import { genesisId as idOf } from '../../consensus/genesis.ts';
import { readRecords } from '../../consensus/ledger/records/types.ts';
import { decodeStatement } from '../../consensus/ledger/statement.ts';
import { CategoryKeys } from '../../node/charts/category-keys.ts';
import { ChartStore } from '../../node/charts/chart-store.ts';
import { Outgoing } from '../../node/charts/outgoing.ts';
import { OwnCharts } from '../../node/charts/own-chart.ts';
import { PendingStatements } from '../../node/charts/pending.ts';
import { type NewRecord, Writing } from '../../node/charts/writing.ts';
import { ClinicAuthor } from '../../node/clinic-author.ts';
import { founderOf, foundNetwork, newClinicSecrets } from '../../node/genesis/founding.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import type { NewStatement } from '../../node/outbox/outbox.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import { openManifest } from '../../records/chart/key-row.ts';
import { encodeManifest, manifestCommitment } from '../../records/chart/manifest.ts';
import { FAST } from '../helpers/devnet.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { memoryRows } from '../helpers/memory-rows.ts';

export const { seeds, storageKey } = newClinicSecrets();
const genesis = foundNetwork({
  ...{ network: 'test', created: 1_800_000_000_000, params: FAST, country: 'US', idType: 'ssn' },
  founders: [founderOf(seeds, { organisation: 'Org', name: 'Clinic', addresses: [], networks: [] })],
}).genesis;
export const genesisId = idOf(genesis);
export const handle = randomBytes(32);

export function writingClinic() {
  const database = memoryRows();
  const clock = new ManualClock(genesis.created);
  const logger = createLogger({ level: 'silent' });
  const members = new MemberSets({ genesis }, { states: async () => [] });
  const store = new ChartStore({ database });
  const keys = new CategoryKeys({ store });
  const network = { onPeer: () => () => undefined, peers: () => [] } as never;
  const stored = new Map<string, Uint8Array>();
  const blobs = {
    putSmall: async (all: readonly Uint8Array[]) =>
      all.map((bytes) => {
        const cid = `b${toHex(sha256(bytes))}`;
        stored.set(cid, bytes);
        return { cid, size: bytes.length };
      }),
    async *get(cid: string) {
      yield stored.get(cid) ?? missing(cid);
    },
  } as unknown as BlobStore;
  const outgoing = new Outgoing(
    { genesisId, clinic: 1, nodeSeed: seeds.node },
    { database, network, members, blobs, clock, logger },
  );
  const signer = { genesisId, seed: seeds.node };
  const charts = new OwnCharts(
    { clinic: 1, organisation: 1, signer },
    {
      ...{ store, keys, outgoing, members, logger },
      chain: { stateRange: async () => [] },
      hybrid: { of: () => undefined },
      judge: { about: async () => () => ({ permit: false, reason: 'no-consent' }) },
    },
  );
  const erased: { until: number | undefined } = { until: undefined };
  const said: NewStatement[] = [];
  const submit = async (statements: readonly NewStatement[]) => void said.push(...statements);
  const pending = new PendingStatements({ database, outbox: { submit } as never });
  const author = new ClinicAuthor({ genesisId, clinic: 1 }, { clock });
  const writing = new Writing(
    { clinic: 1, storageKey, signer },
    {
      ...{
        store,
        keys,
        signatures: { demand: async () => undefined },
        charts,
        outgoing,
        blobs,
        pending,
        author,
        clock,
      },
      guards: { erasedUntil: () => erased.until },
    },
  );
  const note = (text: string, key?: number): NewRecord => {
    const bytes = new TextEncoder().encode(text);
    return {
      ...{ category: 'labs' as const, kind: 'document', name: '', mediaType: 'text/plain', title: text },
      content: {
        size: bytes.length,
        source: (async function* () {
          yield bytes;
        })(),
      },
      ...(key !== undefined && { source: { key: Uint8Array.of(key), written: undefined } }),
    };
  };
  /** Commitments that the chain was told, and those of the rows. */
  const told = () =>
    said
      .flatMap(({ statement }) => readRecords(new Reader(decodeStatement(statement).payload)))
      .map(({ commitment }) => toHex(commitment));
  const kept = async () => {
    const ref = writing.ref('p', handle);
    const found: string[] = [];
    for await (const row of store.rows(ref)) {
      const { manifest, salt } = openManifest(
        row,
        (await store.secret(ref, row.category, row.epoch)) ?? new Uint8Array(),
      );
      found.push(toHex(manifestCommitment(salt, encodeManifest(manifest))));
    }
    return found;
  };
  return { writing, note, said, told, kept, erased, store, members, blobs, stored, clock, logger };
}

function missing(cid: string): never {
  throw new Error(`${cid} is not there`);
}
