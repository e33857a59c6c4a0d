// What the signature of who wrote a version counts for: when it is made, and years later from what the chain has.
import { describe, expect, it } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { encodeKeyRow, type KeyRow } from '../../consensus/ledger/accounts/rows.ts';
import { AuthorSignatures } from '../../node/charts/author-signatures.ts';
import { signAuthorWord } from '../../records/chart/author-word.ts';
import type { Manifest } from '../../records/chart/manifest.ts';
import { ManualClock } from '../helpers/manual-clock.ts';

const NOW = 1_800_000_000_000;
const genesisId = randomBytes(32);
const { seed } = signingKeyPair();
const [patient, account] = [randomBytes(32), randomBytes(32)];
const bare: Manifest & { author: Uint8Array } = {
  ...{ record: randomBytes(32), about: undefined, version: 1, amendment: 'original', category: 'notes' },
  ...{ kind: 'document', name: '', mediaType: 'text/plain', title: 'Round', cid: 'b', size: 3 },
  ...{ author: account, role: 'doctor', clinic: 1, written: NOW, reason: '' },
};
const signedAt = (at: number, said = bare): Manifest => {
  return { ...said, signed: signAuthorWord(said, patient, { digest: randomBytes(32), at }, { genesisId, seed }) };
};

function signatures(key: Partial<KeyRow> | undefined, known: { account: Uint8Array; good: boolean } | undefined) {
  const object = { version: 1, live: true, created: randomBytes(32), latest: randomBytes(32) };
  const base: KeyRow = { ...object, account, encryptionKey: randomBytes(32), status: 'live', revokedAt: 0, endsAt: 0 };
  const row = key && encodeKeyRow({ ...base, ...key });
  return new AuthorSignatures(
    { genesisId },
    {
      chain: { states: async (keys) => keys.map(() => row) },
      accounts: { keyAccount: async () => known },
      clock: new ManualClock(NOW),
    },
  );
}

describe('the signature of who wrote a version', () => {
  it('is read as what the chain has of its key', async () => {
    const good = signedAt(NOW);
    const cases: readonly [Partial<KeyRow> | undefined, Manifest, string][] = [
      [{}, bare, 'none'],
      [{}, good, 'valid'],
      [{ status: 'rotated', revokedAt: NOW + 1, endsAt: NOW + 2 }, good, 'valid'],
      [{ status: 'compromised', revokedAt: NOW + 1, endsAt: NOW + 1 }, good, 'key-lost'],
      [{ status: 'rotated', revokedAt: NOW - 1, endsAt: NOW }, good, 'invalid'],
      [{ account: randomBytes(32) }, good, 'invalid'],
      [{}, { ...good, title: 'Another' }, 'invalid'],
      [undefined, good, 'key-unknown'],
      [{}, { ...good, author: undefined }, 'invalid'],
      [{}, { ...good, written: NOW + 300_000 }, 'valid'],
      // The clinic posts the same words again as a new record.
      [{}, { ...good, record: randomBytes(32), written: NOW + 3_600_000 }, 'invalid'],
      [{}, { ...good, record: randomBytes(32), written: NOW - 3_600_000 }, 'invalid'],
    ];
    for (const [key, manifest, state] of cases) {
      expect(await signatures(key, undefined).standings([bare, manifest], patient)).toEqual(['none', state]);
    }
    expect(await signatures({}, undefined).standings([good], randomBytes(32))).toEqual(['invalid']);
  });

  it('is taken from a device of the author alone, live and now, or not at all', async () => {
    const own = { account, good: true };
    const refused = expect.objectContaining({ code: 'record.signature' });
    await signatures({}, undefined).demand(bare, patient);
    await signatures({}, own).demand(signedAt(NOW - 1000), patient);
    for (const known of [undefined, { account, good: false }, { account: randomBytes(32), good: true }]) {
      await expect(signatures({}, known).demand(signedAt(NOW), patient)).rejects.toEqual(refused);
    }
    const others = [
      signedAt(NOW - 600_000),
      { ...signedAt(NOW), title: 'Another' },
      { ...signedAt(NOW), author: undefined },
    ];
    for (const manifest of others) await expect(signatures({}, own).demand(manifest, patient)).rejects.toEqual(refused);
    await expect(signatures({}, own).demand(signedAt(NOW), randomBytes(32))).rejects.toEqual(refused);
  });
});
