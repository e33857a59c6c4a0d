// What a person signs of a version that the person wrote: all that makes it what it is, and nothing that a clinic may do over.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { signAuthorWord, verifyAuthorWord } from '../../../records/chart/author-word.ts';
import { decodeManifest, encodeManifest, type Manifest } from '../../../records/chart/manifest.ts';
import { manifest } from './generators.ts';

const genesisId = randomBytes(32);
const { seed, publicKey } = signingKeyPair();
const patient = randomBytes(32);
const note: Manifest & { author: Uint8Array } = {
  ...{ record: randomBytes(32), about: undefined, version: 1, amendment: 'original', category: 'notes' },
  ...{ kind: 'document', name: '', mediaType: 'text/plain', title: 'Round', cid: 'b', size: 3 },
  ...{ author: randomBytes(32), role: 'doctor', clinic: 1, written: 5, reason: '' },
};
const signing = { digest: randomBytes(32), at: 7 };
const sign = (said: typeof note) => signAuthorWord(said, patient, signing, { genesisId, seed });

describe('the word of an author', () => {
  it('stands in the manifest and comes back from its bytes', async () => {
    await fc.assert(
      fc.asyncProperty(manifest, fc.uint8Array({ minLength: 32, maxLength: 32 }), async (said, author) => {
        const vouched = { ...said, author };
        const read = decodeManifest(encodeManifest({ ...vouched, signed: sign(vouched as typeof note) }));
        expect(read.signed?.key).toEqual(publicKey);
        expect(await verifyAuthorWord({ ...read, author }, patient, read.signed as never, genesisId)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it('holds for nothing else: another content, patient, clinic, author, category, title, moment or network', async () => {
    const signed = sign(note);
    const holds = (said: Partial<typeof note>, of = patient, by = signed, network = genesisId) =>
      verifyAuthorWord({ ...note, ...said }, of, by, network);
    expect(await holds({})).toBe(true);
    // Names that the clinic gives are its own affair.
    expect(await holds({ record: randomBytes(32), cid: 'c', written: 9 })).toBe(true);
    for (const other of [
      { clinic: 2 },
      { author: randomBytes(32) },
      { category: 'labs' as const },
      { title: 'Rounds' },
      { mediaType: 'image/png' },
      { kind: 'Observation' },
      { version: 2 },
      { reason: 'x' },
      { amendment: 'correction' as const },
    ]) {
      expect(await holds(other)).toBe(false);
    }
    expect(await holds({}, randomBytes(32))).toBe(false);
    expect(await holds({}, patient, { ...signed, digest: randomBytes(32) })).toBe(false);
    expect(await holds({}, patient, { ...signed, at: 8 })).toBe(false);
    expect(await holds({}, patient, { ...signed, key: signingKeyPair().publicKey })).toBe(false);
    expect(await holds({}, patient, signed, randomBytes(32))).toBe(false);
  });

  it('of an amendment names the record and the version that it makes', async () => {
    const correction = { ...note, amendment: 'correction' as const, version: 2, reason: 'typing' };
    const addendum = { ...note, amendment: 'addendum' as const, about: randomBytes(32), reason: 'more' };
    for (const said of [correction, addendum, { ...correction, amendment: 'entered-in-error' as const }]) {
      const signed = sign(said);
      expect(await verifyAuthorWord(said, patient, signed, genesisId)).toBe(true);
      const named = said.amendment === 'addendum' ? { about: randomBytes(32) } : { record: randomBytes(32) };
      expect(await verifyAuthorWord({ ...said, ...named }, patient, signed, genesisId)).toBe(false);
      expect(await verifyAuthorWord({ ...said, version: 3 }, patient, signed, genesisId)).toBe(false);
    }
  });
});
