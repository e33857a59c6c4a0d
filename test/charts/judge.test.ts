// What a custodian decides with what it was sent: rows, sealed facts and sealed terms, and the consent key in a packet.
import { describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { ChartStore, putPacket, putRow, putSecret, putTerms, putVault } from '../../node/charts/chart-store.ts';
import { Judge } from '../../node/charts/judge.ts';
import { TakenOver } from '../../node/charts/taken-over.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import { type ContentFacts, encounterId, sealFacts } from '../../records/chart/content-facts.ts';
import { openingKey } from '../../records/chart/hybrid-key.ts';
import { type KeyRow, makeKeyRow, rewrapKeyRow } from '../../records/chart/key-row.ts';
import { makePacket, NO_GRANT } from '../../records/chart/packet.ts';
import { sealTerms, termsCommitment } from '../../records/chart/sealed-terms.ts';
import { ALL_DATA, type DataScope, type Terms } from '../../records/consent/terms.ts';
import { encodeTerms } from '../../records/consent/terms-codec.ts';
import { founders } from '../helpers/founders.ts';
import { memoryRows } from '../helpers/memory-rows.ts';

const { secrets, genesis, genesisId } = founders(4);
const signer = { genesisId, seed: secrets[0].seeds.node };
const NOW = 1_900_000_000_000;
const ends = NOW + 86_400_000;
const ref = { clinic: 1, chart: randomBytes(32) };
const handle = randomBytes(32);
const doctor = randomBytes(32);
const reader = { account: randomBytes(32), roles: ['doctor'] as const, clinic: 3, organisation: 3 };

const chain = { states: async () => [], stateRange: async () => [], statement: async () => undefined };
const clock = { now: () => NOW } as never;

/** Clinic 2 keeps the chart of clinic 1: rows with these facts, and one permission for clinic 3 about this data. */
async function custodian(
  data: Partial<DataScope>,
  facts: readonly (Partial<ContentFacts> | undefined)[],
  withKey = true,
  grantor: Terms['grantor'] = { kind: 'custody', clinic: 1 },
  isVault = false,
) {
  const store = new ChartStore({ database: memoryRows() });
  const members = new MemberSets({ genesis }, { states: async () => [] });
  const consent = { epoch: 1, key: randomBytes(32) };
  const [from, to] = [randomBytes(32), randomBytes(32)];
  const rows = facts.map((known): KeyRow => {
    const name = {
      ...ref,
      handle,
      category: 'labs' as const,
      epoch: 1,
      record: randomBytes(32),
      version: 1,
      revision: 1,
    };
    const said = { kind: 'Observation', sections: [], labels: [], encounters: [], author: undefined, ...known };
    const content = {
      ...{ manifest: manifestOf(name.record), salt: randomBytes(32), dataKey: randomBytes(32) },
      facts: known && sealFacts(name, consent, said),
    };
    const row = makeKeyRow({ ...name, written: NOW - 1, cid: '', size: 0 }, from, content, signer);
    return rewrapKeyRow(row, from, { epoch: 2, categoryKey: to }, signer);
  });
  const terms: Terms = {
    ...{ subject: { kind: 'chart', id: ref.chart }, grantor },
    ...{ givenAt: NOW - 10, mode: 'view', policy: '' },
    provision: {
      ...{ effect: 'permit', actors: [{ kind: 'clinic', clinic: 3 }], purposes: [{ code: 'TREAT' }] },
      ...{ period: { until: ends }, data: { ...ALL_DATA, ...data }, exceptions: [] },
    },
  };
  const [object, salt] = [randomBytes(32), randomBytes(32)];
  const key = openingKey(secrets[1].seeds.encryption, secrets[1].storageKey);
  const granteeKey = members.record(2)?.encryptionKey as Uint8Array;
  const name = {
    ...ref,
    category: 'consent' as const,
    epoch: 1,
    grantee: 2,
    granteeKey,
    grant: NO_GRANT,
    purpose: 0,
    ends,
  };
  await store.batch([
    ...rows.map(putRow),
    ...(isVault ? putVault(handle, ref) : []),
    putTerms(sealTerms({ ...ref, object, epoch: 1 }, consent.key, salt, terms)),
    ...(withKey ? [putPacket(await makePacket(name, consent.key, signer))] : []),
  ]);
  const row = {
    author: { type: 'clinic' as const, clinic: 1 },
    commitment: termsCommitment(salt, encodeTerms(terms)),
    ends,
  };
  const judge = new Judge(
    { genesisId, clinic: 2, openingKeys: [key] },
    {
      ...{ store, members, clock, chain, guards: { emergencyOf: () => undefined } },
      takenOver: new TakenOver({ genesisId }, { chain, clock }),
      standings: { of: async () => [{ row, status: 'active' }] } as never,
      accountOf: async () => undefined,
      guardiansOf: async () => [],
    },
  );
  const about = await judge.about({ ref, handle, reader, purpose: 'TREAT', mode: 'view' });
  return (
    about && { whole: about({ category: 'labs', whole: true }).permit, rows: rows.map((one) => about(one).reason) }
  );
}

function manifestOf(record: Uint8Array) {
  const about = { record, about: undefined, version: 1, amendment: 'original' as const, category: 'labs' as const };
  const words = { kind: 'Observation', name: 'a', mediaType: 'application/fhir+json', title: '', cid: '', size: 0 };
  return {
    ...about,
    ...words,
    author: undefined,
    role: undefined,
    clinic: 1 as ClinicNumber,
    written: NOW - 1,
    reason: '',
  };
}

describe('a custodian of a vault', () => {
  const patient = { kind: 'patient' as const, account: randomBytes(32) };

  it('serves by what the patient gave, as her clinic said it, and of a chart by the word of that clinic alone', async () => {
    expect(await custodian({}, [{}], true, patient, true)).toEqual({ whole: true, rows: ['consent'] });
    expect(await custodian({}, [{}], true, patient)).toEqual({ whole: false, rows: ['no-consent'] });
    // Nor is a vault what a clinic has custody of.
    expect(await custodian({}, [{}], true, undefined, true)).toEqual({ whole: false, rows: ['no-consent'] });
  });
});

describe('a custodian, told what stands in records', () => {
  const encounter = encounterId(ref.chart, 'Encounter/e1');
  const by = { account: doctor, role: 'doctor' as const };

  it.each([
    ['labels', { labels: ['N'] }, [{}, { labels: ['R'] }]],
    ['encounters', { items: [{ kind: 'encounter' as const, id: encounter }] }, [{ encounters: [encounter] }, {}]],
    [
      'authors',
      { items: [{ kind: 'author' as const, author: { kind: 'person' as const, account: doctor } }] },
      [{ author: by }, { author: { ...by, account: reader.account } }],
    ],
  ])('decides by %s, in every wrapping of the row', async (_, data, facts) => {
    const decided = await custodian(data, facts);
    expect(decided).toEqual({ whole: true, rows: ['consent', 'no-consent'] });
  });

  it('refuses a row without facts where a consent goes by them, and that alone', async () => {
    expect((await custodian({ labels: ['N'] }, [{}, undefined]))?.rows).toEqual(['consent', 'content-unknown']);
    expect((await custodian({}, [{}, undefined]))?.rows).toEqual(['consent', 'consent']);
  });

  it('cannot tell of an own chart where the chain knows a consent otherwise, or its terms do not open', async () => {
    const key = randomBytes(32);
    const salt = randomBytes(32);
    const terms: Terms = {
      ...{ subject: { kind: 'chart', id: ref.chart }, grantor: { kind: 'custody', clinic: 1 } },
      ...{ givenAt: NOW - 10, mode: 'view', policy: '' },
      provision: {
        ...{ effect: 'permit', actors: [{ kind: 'clinic', clinic: 3 }], purposes: [{ code: 'TREAT' }] },
        ...{ period: { until: ends }, data: ALL_DATA, exceptions: [] },
      },
    };
    const own = async (commitment: Uint8Array, sealedUnder = randomBytes(32)) => {
      const store = new ChartStore({ database: memoryRows() });
      const members = new MemberSets({ genesis }, { states: async () => [] });
      const sealed = sealTerms({ ...ref, object: randomBytes(32), epoch: 1 }, sealedUnder, salt, terms);
      await store.batch([putTerms(sealed), putSecret(ref, 'consent', { epoch: 1, key: key })]);
      const row = { author: { type: 'clinic' as const, clinic: 1 }, commitment, ends };
      const judge = new Judge(
        { genesisId, clinic: 1, openingKeys: [] },
        {
          ...{ store, members, clock, chain, guards: { emergencyOf: () => undefined } },
          takenOver: new TakenOver({ genesisId }, { chain, clock }),
          standings: { of: async () => [{ row, status: 'active' }] } as never,
          accountOf: async () => undefined,
          guardiansOf: async () => [],
        },
      );
      return judge.terms({ ...ref, handle });
    };
    const told = termsCommitment(salt, encodeTerms(terms));
    expect(await own(told, key)).toHaveLength(1);
    expect(await own(randomBytes(32), key)).toBeUndefined();
    expect(await own(told)).toBeUndefined();
  });

  it('decides nothing without the key of consents', async () => {
    expect(await custodian({ labels: ['N'] }, [{}], false)).toBeUndefined();
  });
});
