// A takeout from its archive alone: what holds, and that nothing altered does. Over a chain with real certificates.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes, sha256, signingKeyPair } from '#crypto';
import { concatBytes } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import { tarEnd } from '../../common/tar.ts';
import { genesisHeader } from '../../consensus/chain/genesis-block.ts';
import { blockId } from '../../consensus/chain/header.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import { RECORDS_ADD, RECORDS_AMEND } from '../../consensus/ledger/kinds.ts';
import { NO_OBJECT, objectId } from '../../consensus/ledger/objects.ts';
import { type Amendment, addendumObject, encodeAmend, encodeRecords } from '../../consensus/ledger/records/types.ts';
import { personKey } from '../../consensus/ledger/tables.ts';
import { verifyProof } from '../../consensus/proofs/verify-proof.ts';
import { formatPid, handleOf } from '../../identity/patient/pid.ts';
import { tarEntry } from '../../node/backup/tar.ts';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import { buildDag, LEAF_BYTES } from '../../records/blobs/dag.ts';
import { signAuthorWord } from '../../records/chart/author-word.ts';
import { encodeManifest, type Manifest, manifestCommitment, reasonCommitment } from '../../records/chart/manifest.ts';
import { PREFIX_BYTES } from '../../records/envelope/layout.ts';
import { sealEnvelope } from '../../records/envelope/seal.ts';
import { keyProofFile } from '../../records/takeout/authors.ts';
import {
  decodeListing,
  encodeListing,
  FINAL_FILE,
  LISTING_FILE,
  type Listing,
  SIGNATURE_FILE,
  signListing,
  type TakeoutRecord,
} from '../../records/takeout/listing.ts';
import { tellsOf } from '../../records/takeout/proven.ts';
import { envelopeFile } from '../../records/takeout/vault-part.ts';
import { verifyTakeout } from '../../records/takeout/verify.ts';
import { accountOf, createAccount, person, revokeKey } from '../consensus/ledger/fixture.ts';
import { temporaryDirectory } from '../store/chain-fixture.ts';
import { FinalChain, seedOf } from '../store/final-chain.ts';

const AUTHOR = { type: 'clinic', clinic: 1 } as const;
const AUTHOR_PERSON = person('ada');
const PATIENT = formatPid(new Uint8Array(20).fill(7));
/** While the chain of the test grows, before its first final block. */
const MADE = 1_700_000_020_000;
const README = { file: 'README.txt', bytes: new TextEncoder().encode('What clinic 1 wrote.\n') };

interface Archive {
  readonly name: string;
  readonly bytes: Uint8Array;
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let chain: FinalChain;
let archive: Archive[];
let listing: Listing;
let amended: TakeoutRecord;
let error: TakeoutRecord;
let added: TakeoutRecord;

async function* once(bytes: Uint8Array) {
  yield bytes;
}

async function* inPieces(bytes: Uint8Array, size = 777) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

/** A version with its content sealed, as a clinic keeps it. */
async function version(file: string, content: Uint8Array, about: Partial<Manifest> & Pick<Manifest, 'record'>) {
  const [dataKey, salt] = [randomBytes(32), randomBytes(32)];
  const words = { mediaType: 'application/fhir+json', kind: 'Observation' };
  let prefix = new Uint8Array();
  const sealed = async function* () {
    for await (const part of sealEnvelope(dataKey, { ...words, size: content.length }, once(content))) {
      if (prefix.length === 0) prefix = part.slice(0, PREFIX_BYTES);
      yield part;
    }
  };
  const { cid } = await buildDag(sealed(), async () => undefined);
  const manifest: Manifest = {
    ...{ version: 1, amendment: 'original', about: undefined, category: 'labs', name: 'glucose', title: 'Glucose' },
    ...{
      ...words,
      cid,
      size: content.length,
      author: undefined,
      role: undefined,
      clinic: 1,
      written: MADE,
      reason: '',
    },
    ...about,
  };
  const record: TakeoutRecord = {
    ...{ manifest, salt, standing: 'standing', content: { file, dataKey, prefix }, proof: undefined },
  };
  return { record, content };
}

const commitmentOf = ({ manifest, salt }: TakeoutRecord) => manifestCommitment(salt, encodeManifest(manifest));

function pack(files: readonly Archive[]): Uint8Array {
  return concatBytes(...files.map((file) => tarEntry(file, MADE)), tarEnd());
}

const check = (files: readonly Archive[], genesis: Genesis = chain.genesis) =>
  verifyTakeout(genesis, inPieces(pack(files)));

const refusal = (files: readonly Archive[], genesis?: Genesis) => check(files, genesis).then(() => 'holds', codeOf);

/** With another listing, signed as clinic 1 would. */
function relisted(change: (listing: Listing) => Listing): Archive[] {
  const bytes = encodeListing(change(listing));
  const signature = signListing(bytes, listing, seedOf(1, 1));
  return archive.map((file) => {
    if (file.name === LISTING_FILE) return { ...file, bytes };
    return file.name === SIGNATURE_FILE ? { ...file, bytes: signature } : file;
  });
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  const { genesis } = new FinalChain(undefined as never);
  chain = await new FinalChain(new ChainDatabase({ path: directory.path, genesis })).open();
  await chain.grow(5);
  const salts = [randomBytes(16), randomBytes(16)];
  const records = salts.map((salt) => objectId(RECORDS_ADD, AUTHOR, salt));
  const made = [
    await version('records/000001-v1.json', new TextEncoder().encode('{"a":1}'), { record: records[0] }),
    await version('records/000002-v1.json', randomBytes(200_000), { record: records[1] }),
  ];
  await chain.add([chain.signed([createAccount(AUTHOR_PERSON, { issued: chain.tip.header.timestamp })])]);
  const entries = made.map(({ record }, n) => ({
    ...{ salt: salts[n], subject: randomBytes(32), commitment: commitmentOf(record) },
  }));
  const addition = chain.signed([chain.statement(RECORDS_ADD, NO_OBJECT, encodeRecords(entries), 0)]);
  await chain.add([addition]);
  const correction = await version('records/000003-v2.json', new TextEncoder().encode('{"a":2}'), {
    ...{ record: records[0], version: 2, amendment: 'correction', reason: 'Comma' },
  });
  amended = correction.record;
  const why = ({ manifest, salt }: TakeoutRecord) => ({
    ...{ record: records[0], reason: reasonCommitment(salt, manifest.reason) },
  });
  const amendment = (object: Uint8Array, at: number, payload: Amendment) =>
    chain.signed([chain.statement(RECORDS_AMEND, object, encodeAmend(payload), at)]);
  const corrected = amendment(records[0], 2, {
    ...{ type: 'correction', ...why(amended), commitment: commitmentOf(amended) },
  });
  const extraSalt = randomBytes(16);
  const extra = addendumObject(records[0], AUTHOR, extraSalt);
  const addendum = await version('records/000004-v1.json', new TextEncoder().encode('{"b":1}'), {
    ...{ record: extra, about: records[0], amendment: 'addendum', reason: 'Also' },
  });
  added = addendum.record;
  const extended = amendment(extra, 1, {
    ...{ type: 'addendum', ...why(added), salt: extraSalt, commitment: commitmentOf(added) },
  });
  await chain.add([corrected, extended]);
  const struck = await version('', new Uint8Array(), {
    ...{ record: records[0], version: 3, amendment: 'entered-in-error', reason: 'Another patient', cid: '' },
  });
  error = { ...struck.record, content: undefined };
  const ended = amendment(records[0], 3, { type: 'entered-in-error', ...why(error) });
  await chain.add([ended]);
  await chain.grow(24, { finalise: true });
  const proofs = await Promise.all(
    [addition, corrected, extended, ended].map(async ({ statementIds: [id] }, n) => ({
      name: `proofs/${n}.proof`,
      bytes: (await chain.store.prove({ type: 'statement', id })) as Uint8Array,
    })),
  );
  // Of a vault: two leaves and their node.
  const sealed = randomBytes(LEAF_BYTES + 1_000);
  const { cid } = await buildDag(once(sealed), async () => undefined);
  const envelope = envelopeFile(cid);
  const listed = [...made.map(({ record }) => record), amended, added, error];
  const shown = [0, 0, 1, 2, 3];
  listing = {
    ...{ network: genesis.network, genesisId: chain.genesisId, clinic: { number: 1, name: 'Aspen' }, made: MADE },
    ...{ patient: PATIENT, elsewhere: [{ number: 2, name: 'Birch' }] },
    records: listed.map((record, n) => ({ ...record, proof: proofs[shown[n]].name })),
    files: [{ file: README.file, sha256: sha256(README.bytes) }, envelope],
  };
  const text = encodeListing(listing);
  const anchor = await chain.store.prove({ type: 'block', id: blockId(genesisHeader(genesis)) });
  archive = [
    { name: LISTING_FILE, bytes: text },
    { name: SIGNATURE_FILE, bytes: signListing(text, listing, seedOf(1, 1)) },
    { name: FINAL_FILE, bytes: anchor as Uint8Array },
    ...proofs,
    { name: README.file, bytes: README.bytes },
    { name: envelope.file, bytes: sealed },
    ...[...made, correction, addendum].map(({ record, content }) => ({
      ...{ name: String(record.content?.file), bytes: content },
    })),
  ];
});

afterAll(async () => {
  await chain.store.close();
  await directory.remove();
});

describe('a takeout', () => {
  it('holds with nothing but the genesis document: every version stands in a final block', async () => {
    const { records, listing: found, final } = await check(archive);
    expect(found).toEqual(listing);
    expect(records.map(({ block }) => block?.height)).toEqual([7, 7, 8, 8, 9]);
    expect(final.height).toBeGreaterThan(9);
  });

  it('does not hold once any byte of any file is another', async () => {
    const place = fc.nat(archive.length - 1).chain((file) =>
      fc.record({
        file: fc.constant(file),
        at: fc.nat(archive[file].bytes.length - 1),
        xor: fc.integer({ min: 1, max: 255 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(place, async ({ file, at, xor }) => {
        const bytes = Uint8Array.from(archive[file].bytes);
        bytes[at] ^= xor;
        const code = await refusal(archive.map((one, n) => (n === file ? { ...one, bytes } : one)));
        expect(code).toMatch(/^takeout\./);
      }),
      { numRuns: 40 },
    );
  });

  it('does not hold where a file is missing, named by nobody, there twice, cut short or longer', async () => {
    const last = archive[archive.length - 1];
    expect(await refusal(archive.slice(0, -1))).toBe('takeout.missing');
    expect(await refusal([...archive, last])).toBe('takeout.stray');
    expect(await refusal([...archive, { name: 'more.txt', bytes: new Uint8Array(3) }])).toBe('takeout.stray');
    for (const bytes of [last.bytes.slice(1), concatBytes(last.bytes, Uint8Array.of(0))]) {
      expect(await refusal([...archive.slice(0, -1), { ...last, bytes }])).toBe('takeout.file');
    }
    const whole = pack(archive);
    const cut = verifyTakeout(chain.genesis, inPieces(whole.slice(0, whole.length - 600)));
    expect(await cut.then(() => 'holds', codeOf)).toBe('takeout.format');
  });

  it('is of no use with the genesis document of another network, or signed by another clinic', async () => {
    expect(await refusal(archive, { ...chain.genesis, network: 'another' })).toBe('takeout.network');
    const [text, , ...rest] = archive;
    const signature = signListing(text.bytes, listing, seedOf(2, 1));
    expect(await refusal([text, { name: SIGNATURE_FILE, bytes: signature }, ...rest])).toBe('takeout.signature');
  });

  it('does not let a clinic pass off as told what the chain was never told', async () => {
    const first = listing.records[0];
    const changed = (record: TakeoutRecord) =>
      relisted((before) => ({ ...before, records: [record, ...before.records.slice(1)] }));
    expect(await refusal(changed(first))).toBe('holds');
    expect(await refusal(changed({ ...first, salt: randomBytes(32) }))).toBe('takeout.proof');
    expect(await refusal(changed({ ...first, manifest: { ...first.manifest, title: 'Sodium' } }))).toBe(
      'takeout.proof',
    );
    expect(await refusal(changed({ ...first, proof: 'proofs/1.proof' }))).toBe('takeout.proof');
    expect((await check(changed({ ...first, proof: undefined }))).records[0].block).toBeUndefined();
  });

  it('has one content for one name: none goes unchecked beside another of the same name', async () => {
    const [told, second, ...rest] = listing.records;
    const evidence = told.content as NonNullable<TakeoutRecord['content']>;
    const { file } = evidence;
    // What the chain was told, with the words of somebody else in its file: they fit the record that the clinic made up after it.
    const made = await version(file, new TextEncoder().encode('{"a":9}'), { record: randomBytes(32) });
    const naming = (records: readonly TakeoutRecord[], files = listing.files) =>
      relisted((before) => ({ ...before, records, files })).map((one) =>
        one.name === file ? { ...one, bytes: made.content } : one,
      );
    expect(await refusal(naming([told, made.record, second, ...rest]))).toBe('takeout.format');
    expect(await refusal(naming([made.record, told, second, ...rest]))).toBe('takeout.format');
    // Where it is a proof, or any other file, it would be held against that alone.
    const at = (name: string) => ({ ...told, content: { ...evidence, file: name } });
    const without = (records: readonly TakeoutRecord[], files = listing.files) =>
      naming(records, files).filter(({ name }) => name !== file);
    for (const name of ['proofs/0.proof', README.file, LISTING_FILE, FINAL_FILE]) {
      expect(await refusal(without([at(name), second, ...rest]))).toBe('takeout.format');
    }
    const twice = [{ file: README.file, sha256: randomBytes(32) }, ...listing.files];
    expect(await refusal(naming(listing.records, twice))).toBe('takeout.format');
  });

  it('tells which versions their authors signed by keys of theirs, and which the clinic alone', async () => {
    const key = keyProofFile(AUTHOR_PERSON.key);
    const keyBytes = (await chain.store.prove({
      ...{ type: 'state', key: personKey(AUTHOR_PERSON.key) },
    })) as Uint8Array;
    const content = archive[archive.length - 4].bytes;
    const author = accountOf(AUTHOR_PERSON);
    const { seed } = AUTHOR_PERSON;
    const by = { genesisId: chain.genesisId, seed };
    const [first, ...rest] = listing.records;
    const own = { ...first.manifest, author };
    const signed = (signing = { digest: sha256(content), at: MADE }, patient = handleOf(PATIENT)): Manifest => {
      return { ...own, signed: signAuthorWord(own, patient, signing, by) };
    };
    const verified = async (manifest: Manifest, proof: Uint8Array | undefined = keyBytes) => {
      const files = relisted((before) => ({
        ...before,
        records: [{ ...first, manifest, proof: undefined }, ...rest],
        files: [...before.files, ...(proof === undefined ? [] : [{ file: key, sha256: sha256(proof) }])],
      }));
      return check(proof === undefined ? files : [...files, { name: key, bytes: proof }]);
    };
    const standings = async (...given: Parameters<typeof verified>) =>
      (await verified(...given)).records.map(({ signature }) => signature);
    const others = ['none', 'none', 'none', 'none'];
    expect((await check(archive)).records.map(({ signature }) => signature)).toEqual(['none', ...others]);
    expect(await standings(signed())).toEqual(['valid', ...others]);
    // The clinic put another content, another patient, another title or another day under it.
    expect(await standings(signed({ digest: randomBytes(32), at: MADE }))).toEqual(['invalid', ...others]);
    expect(await standings(signed(undefined, randomBytes(32)))).toEqual(['invalid', ...others]);
    expect(await standings({ ...signed(), reason: 'Another' })).toEqual(['invalid', ...others]);
    expect(await standings(signed({ digest: sha256(content), at: MADE - 3_600_000 }))).toEqual(['invalid', ...others]);
    expect(await standings({ ...signed(), author: randomBytes(32) })).toEqual(['invalid', ...others]);
    // A key that nothing shows, one that the chain has not, and the proof of something else under its name.
    const bare = relisted((before) => ({
      ...before,
      records: [{ ...first, manifest: signed(), proof: undefined }, ...rest],
    }));
    expect((await check(bare)).records[0].signature).toBe('key-unknown');
    const stranger = signingKeyPair(randomBytes(32));
    const foreign = {
      ...own,
      signed: signAuthorWord(
        own,
        handleOf(PATIENT),
        { digest: sha256(content), at: MADE },
        { ...by, seed: stranger.seed },
      ),
    };
    const absent = (await chain.store.prove({ type: 'state', key: personKey(stranger.publicKey) })) as Uint8Array;
    const named = keyProofFile(stranger.publicKey);
    const unknown = relisted((before) => ({
      ...before,
      records: [{ ...first, manifest: foreign, proof: undefined }, ...rest],
      files: [...before.files, { file: named, sha256: sha256(absent) }],
    }));
    expect((await check([...unknown, { name: named, bytes: absent }])).records[0].signature).toBe('key-unknown');
    await expect(verified(signed(), absent)).rejects.toMatchObject({ code: 'takeout.proof' });
    // For somebody who is none.
    for (const patient of ['pid1qqqq', 'nobody']) {
      const records = [{ ...first, manifest: signed(), proof: undefined }, ...rest];
      const files = relisted((before) => ({ ...before, patient, records }));
      expect((await check(files)).records[0].signature).toBe('invalid');
    }
  });

  it('does not let a clinic choose an old proof of a key that was taken away since', async () => {
    const { key, seed } = AUTHOR_PERSON;
    const anchored = archive[2].bytes;
    const proved = async () => ({
      row: (await chain.store.prove({ type: 'state', key: personKey(key) })) as Uint8Array,
      anchor: (await chain.store.prove({
        ...{ type: 'block', id: blockId(genesisHeader(chain.genesis)) },
      })) as Uint8Array,
    });
    const before = await proved();
    expect(before.anchor).toEqual(anchored);
    const [first, ...rest] = listing.records;
    const content = archive[archive.length - 4].bytes;
    const signedAt = (at: number, about: Partial<Manifest> = {}): Manifest => {
      const own = { ...first.manifest, author: accountOf(AUTHOR_PERSON), written: at, ...about };
      const word = { digest: sha256(content), at };
      return { ...own, signed: signAuthorWord(own, handleOf(PATIENT), word, { genesisId: chain.genesisId, seed }) };
    };
    const lost = chain.tip.header.timestamp;
    await chain.add([
      chain.signed([revokeKey(accountOf(AUTHOR_PERSON), AUTHOR_PERSON, key, 'compromised', { issued: lost })]),
    ]);
    // Told after that, as of before.
    const salt = randomBytes(16);
    const late = signedAt(MADE, { record: objectId(RECORDS_ADD, AUTHOR, salt) });
    const commitment = commitmentOf({ ...first, manifest: late });
    const telling = chain.signed([
      chain.statement(RECORDS_ADD, NO_OBJECT, encodeRecords([{ salt, subject: randomBytes(32), commitment }]), 0),
    ]);
    await chain.add([telling]);
    await chain.grow(48, { finalise: true });
    const after = await proved();
    const told = (await chain.store.prove({ type: 'statement', id: telling.statementIds[0] })) as Uint8Array;
    const standing = async (manifest: Manifest, row: Uint8Array, anchor: Uint8Array, proof?: Uint8Array) => {
      const [name, shown] = [keyProofFile(key), 'proofs/told.proof'];
      const files = relisted((one) => ({
        ...one,
        records: [{ ...first, manifest, proof: proof && shown }, ...rest],
        files: [...one.files, { file: name, sha256: sha256(row) }],
      }));
      const ours = files.map((one) => (one.name === FINAL_FILE ? { ...one, bytes: anchor } : one));
      const more = [{ name, bytes: row }, ...(proof === undefined ? [] : [{ name: shown, bytes: proof }])];
      return (await check([...ours, ...more])).records[0].signature;
    };
    const now = signedAt(lost + 4_000);
    const then = signedAt(MADE);
    expect(await standing(now, after.row, after.anchor)).toBe('invalid');
    expect(await standing(then, after.row, after.anchor)).toBe('key-lost');
    expect(await standing(then, before.row, before.anchor)).toBe('valid');
    // From before the signature; from before the final block of the takeout; from before the version was told.
    expect(await standing(now, before.row, before.anchor)).toBe('key-unknown');
    expect(await standing(then, before.row, after.anchor)).toBe('key-unknown');
    expect(await standing(late, before.row, before.anchor, told)).toBe('key-unknown');
    expect(await standing(late, after.row, before.anchor, told)).toBe('key-lost');
  });

  it('binds each amendment to its record, its kind, its version and its reason', async () => {
    const proofOf = async (name: string) =>
      verifyProof(chain.genesis, archive.find((file) => file.name === name)?.bytes as Uint8Array);
    const [corrected, extended, ended] = await Promise.all([1, 2, 3].map((n) => proofOf(`proofs/${n}.proof`)));
    for (const [proof, record] of [
      [corrected, amended],
      [extended, added],
      [ended, error],
    ] as const) {
      const { manifest, salt } = record;
      expect(tellsOf(proof, record)).toBe(true);
      expect(tellsOf(proof, { salt, manifest: { ...manifest, reason: 'Because' } })).toBe(false);
      expect(tellsOf(proof, { salt, manifest: { ...manifest, record: randomBytes(32) } })).toBe(false);
      expect(tellsOf(proof, { salt, manifest: { ...manifest, amendment: 'original' } })).toBe(false);
    }
    const later = { ...error.manifest, version: 4 };
    expect(tellsOf(ended, { salt: error.salt, manifest: later })).toBe(false);
    const elsewhere = { ...added.manifest, about: randomBytes(32) };
    expect(tellsOf(extended, { salt: added.salt, manifest: elsewhere })).toBe(false);
  });

  it('has one text for one listing, and reads no other', () => {
    const text = encodeListing(listing);
    expect(encodeListing(decodeListing(text))).toEqual(text);
    const said = new TextDecoder().decode(text).replace('"title": "Glucose"', '"title": "Sodium"');
    const read = (changed: string) => () => decodeListing(new TextEncoder().encode(changed));
    expect(read(said)).toThrow(expect.objectContaining({ code: 'takeout.format' }));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.nat(said.length).map((at) => said.slice(0, at)),
        ),
        (other) => {
          expect(read(other)).toThrow(expect.objectContaining({ code: 'takeout.format' }));
        },
      ),
      { numRuns: 100 },
    );
  });
});
