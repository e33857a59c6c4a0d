// What a patient's word may end at her clinic, and what one word can do that comes twice at once.
import { expect, it } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { equalBytes } from '../../../common/bytes.ts';
import { MySharing } from '../../../node/vault/my-sharing.ts';
import { PatientWords } from '../../../node/vault/patient-words.ts';
import { encodeWord, NOTHING_ASKED, type PatientAct, type SharedTerms, signWord } from '../../../records/vault/word.ts';
import { MemoryKeyValues } from '../../helpers/memory-key-values.ts';

const NOW = 1_800_000_000_000;
const genesisId = randomBytes(32);
const device = signingKeyPair(randomBytes(32));
const patient = { account: randomBytes(32), pid: 'p', handle: randomBytes(32) };
const terms: SharedTerms = {
  actor: { kind: 'clinic', clinic: 1 },
  categories: ['labs'],
  purposes: ['TREAT'],
  until: NOW + 1000,
};

function clinic() {
  const known: object[] = [];
  const ended: Uint8Array[] = [];
  const request = {
    handle: patient.handle,
    account: randomBytes(32),
    categories: ['labs'],
    purpose: 'TREAT',
    until: 1,
  };
  let open = true;
  const sharing = new MySharing(
    { clinic: 1, genesisId },
    {
      words: new PatientWords({ store: new MemoryKeyValues() }),
      charts: {
        ofHandle: async () => undefined,
        granting: { list: async () => known, revoke: async (object: Uint8Array) => void ended.push(object) },
        requests: {
          open: async () => (open ? { request } : Promise.reject(new Error('answered'))),
          answered: async () => {
            open = false;
          },
        },
      } as never,
      vault: { ref: () => ({}), due: async () => [], packetsFor: async () => [] } as never,
      consents: {
        give: async () => {
          const object = randomBytes(32);
          known.push(consentOf(object, 'permit'));
          return object;
        },
      } as never,
      members: { current: { clinic: () => ({}) } } as never,
      log: { append: async () => undefined } as never,
      clock: { now: () => NOW },
      isDevice: async (key) => equalBytes(key, device.publicKey),
      clinicsOf: async () => [1],
    },
  );
  return { sharing, known, ended };
}

function consentOf(object: Uint8Array, effect: 'permit' | 'deny') {
  const provision = { effect, actors: [], purposes: [], data: { categories: [] } };
  return {
    object,
    status: 'active',
    ends: NOW + 1000,
    terms: { grantor: { kind: 'custody' }, givenAt: NOW, provision },
  };
}

function said(act: PatientAct, about: Uint8Array, shared?: SharedTerms) {
  const word = encodeWord({ act, clinic: 1, account: patient.account, about, terms: shared, at: NOW });
  return { key: device.publicKey, at: NOW, signature: signWord(word, genesisId, device.seed) };
}

it('a word ends what lets somebody read, and nothing that shuts somebody out, which is listed all the same', async () => {
  const { sharing, known, ended } = clinic();
  const [permit, denial] = [randomBytes(32), randomBytes(32)];
  known.push(consentOf(permit, 'permit'), consentOf(denial, 'deny'));
  expect((await sharing.shares(patient)).map(({ share }) => share)).toEqual([permit, denial]);
  await expect(sharing.stop(patient, denial, said('stop', denial))).rejects.toMatchObject({ code: 'consent.unknown' });
  expect(ended).toEqual([]);
  await sharing.stop(patient, permit, said('stop', permit));
  expect(ended).toEqual([permit]);
});

it('one word gives one share and one answer, however often it comes at once', async () => {
  const { sharing, known } = clinic();
  const word = said('share', NOTHING_ASKED, terms);
  const shared = await Promise.allSettled([1, 2].map(() => sharing.share(patient, terms, word, undefined)));
  expect(shared.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(known).toHaveLength(1);
  const request = randomBytes(32);
  const refused = said('refuse', request);
  const answers = await Promise.allSettled(
    [1, 2].map(() => sharing.answer(patient, request, false, refused, undefined)),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});
