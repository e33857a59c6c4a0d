import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { concatBytes, equalBytes } from '../../../common/bytes.ts';
import type { CodedError } from '../../../common/errors.ts';
import { SealedUploads } from '../../../node/blobs/sealed-uploads.ts';
import { UploadSpool } from '../../../node/blobs/upload-spool.ts';
import { Uploads } from '../../../node/blobs/uploads.ts';
import { buildDag } from '../../../records/blobs/dag.ts';
import { sealEnvelope } from '../../../records/envelope/seal.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';
import { collected, inParts, madeUpBytes } from '../../helpers/streams.ts';

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const DICOM = concatBytes(new Uint8Array(128), new TextEncoder().encode('DICM'));
const clock = new ManualClock();
let path: string;
let spool: UploadSpool;
let uploads: Uploads;
const codeFrom = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: CodedError<{ code: string }>) => error.code ?? String(error),
  );
const files = () => readdir(join(path, 'uploads'));
const accept = (bytes: Uint8Array, owner = 'ada', size = bytes.length) =>
  uploads.accept(owner, size, inParts(bytes, 100));

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'uploads-'));
  spool = new UploadSpool({ directory: join(path, 'uploads') }, { clock, demandRoom: () => {} });
  uploads = new Uploads({ maxBytes: 200_000, types: ['png', 'dcm'] }, { spool });
  await spool.open();
});

afterEach(async () => {
  await spool.close();
  expect(await readdir(path)).toEqual([]);
  await rm(path, { recursive: true });
});

test('keeps what begins like an allowed type, sealed, and gives it to nobody but who sent it', async () => {
  const bytes = concatBytes(PNG, madeUpBytes(150_000));
  const { id, mediaType, size } = await accept(bytes);
  expect([mediaType, size]).toEqual(['image/png', bytes.length]);
  const [file] = await files();
  const onDisk = await readFile(join(path, 'uploads', file));
  expect(onDisk.includes(Buffer.from(bytes.subarray(1000, 1032)))).toBe(false);
  expect(onDisk.includes(Buffer.from(PNG))).toBe(false);
  expect(equalBytes(await collected((await uploads.read('ada', id)).content), bytes)).toBe(true);
  expect(await codeFrom(uploads.read('bob', id))).toBe('upload.unknown');
  await uploads.drop('bob', id);
  expect((await files()).length).toBe(1);
  await uploads.drop('ada', id);
  expect(await files()).toEqual([]);
  expect(await codeFrom(uploads.read('ada', id))).toBe('upload.unknown');
});

test.each([
  ['a page of HTML', new TextEncoder().encode('<html><script>'), 'upload.type'],
  ['nothing', new Uint8Array(), 'upload.type'],
  ['the start of a type and no more', PNG.subarray(0, 7), 'upload.type'],
  ['a type that this clinic does not take', new TextEncoder().encode('%PDF-1.7 ...'), 'upload.type'],
  ['a file of two types', concatBytes(PNG, DICOM.subarray(PNG.length)), 'upload.type'],
  ['more than is allowed', concatBytes(PNG, new Uint8Array(200_000)), 'upload.too-large'],
])('refuses %s, and keeps nothing of it', async (_, bytes, code) => {
  expect(await codeFrom(accept(bytes))).toBe(code);
  expect(await files()).toEqual([]);
});

test('refuses another length than was said, and a source that fails, and keeps nothing', async () => {
  expect(await codeFrom(accept(DICOM, 'ada', DICOM.length + 1))).toBe('upload.size');
  expect(await codeFrom(accept(concatBytes(DICOM, PNG), 'ada', DICOM.length))).toBe('upload.size');
  async function* failing() {
    yield DICOM;
    throw new Error('gone');
  }
  expect(await codeFrom(uploads.accept('ada', 1000, failing()))).toBe('Error: gone');
  expect(await files()).toEqual([]);
});

test('bounds how many wait for one person, lets them go after an hour, and starts empty', async () => {
  for (let i = 0; i < 64; i++) await accept(DICOM);
  expect(await codeFrom(accept(DICOM))).toBe('upload.full');
  expect(await codeFrom(accept(DICOM, 'bob'))).toBe('none');
  clock.advance(3_600_000);
  expect(await codeFrom(accept(DICOM))).toBe('none');
  expect((await files()).length).toBe(1);
  await writeFile(join(path, 'uploads', '0a'.repeat(16)), 'x');
  await spool.open();
  expect(await files()).toEqual([]);
});

test('removes at start and end what was uploaded, and nothing else that lies in its directory', async () => {
  const others = ['keystore', 'chain'];
  for (const name of others) await mkdir(join(path, 'uploads', name));
  await writeFile(join(path, 'uploads', 'chain', '0a'.repeat(16)), 'x');
  await accept(DICOM);
  await spool.open();
  expect((await files()).sort()).toEqual(others.toSorted());
  await accept(DICOM);
  await spool.close();
  expect((await files()).sort()).toEqual(others.toSorted());
  expect(await readdir(join(path, 'uploads', 'chain'))).toHaveLength(1);
  await rm(join(path, 'uploads'), { recursive: true });
});

test('tells what is the same content, however it came in parts', async () => {
  const bytes = concatBytes(PNG, madeUpBytes(150_000));
  const first = await accept(bytes);
  const again = await uploads.accept('bob', bytes.length, inParts(bytes, 70_001));
  expect(equalBytes(first.digest, again.digest)).toBe(true);
  const other = bytes.slice();
  other[other.length - 1] ^= 1;
  expect(equalBytes((await accept(other)).digest, first.digest)).toBe(false);
});

describe('an envelope that a browser sealed', () => {
  const stored: Uint8Array[] = [];
  const blobs = {
    put: async (source: AsyncIterable<Uint8Array>) => {
      stored.push(await collected(source));
      return { cid: 'kept', size: 0 };
    },
  };
  const sealedUploads = () => new SealedUploads({ maxBytes: 200_000 }, { spool, blobs });
  const envelopeOf = (size: number) => {
    const info = { mediaType: 'image/png', kind: 'document', size };
    return collected(sealEnvelope(randomBytes(32), info, inParts(madeUpBytes(size))));
  };

  test('is held by its CID for whoever sent it, and becomes a blob when a record takes it up', async () => {
    const sealed = sealedUploads();
    const envelope = await envelopeOf(150_000);
    const { cid, size } = await sealed.accept('ada', envelope.length, inParts(envelope, 777));
    expect(size).toBe(envelope.length);
    expect(cid).toBe((await buildDag(inParts(envelope), async () => undefined)).cid);
    expect(await codeFrom(sealed.take('bob', cid, size))).toBe('upload.unknown');
    // Sent again after an answer was lost: still one.
    await sealed.accept('ada', envelope.length, inParts(envelope));
    expect((await files()).length).toBe(1);
    expect(await codeFrom(sealed.take('ada', cid, size + 1))).toBe('upload.size');
    await sealed.take('ada', cid, size);
    expect(equalBytes(stored[0], envelope)).toBe(true);
    expect(await files()).toEqual([]);
    expect(await codeFrom(sealed.take('ada', cid, size))).toBe('upload.unknown');
  });

  test('is not opened by a store that takes nothing new', async () => {
    const full = async () => Promise.reject(new Error('full'));
    const sealed = new SealedUploads({ maxBytes: 200_000 }, { spool, blobs: { put: full } });
    const envelope = await envelopeOf(5_000);
    const { cid } = await sealed.accept('ada', envelope.length, inParts(envelope));
    // To open it would be an error that nobody hears.
    await rm(join(path, 'uploads'), { recursive: true });
    expect(await codeFrom(sealed.take('ada', cid, envelope.length))).toBe('Error: full');
  });

  test('is refused when it is none, or too large, and nothing of it stays', async () => {
    const sealed = sealedUploads();
    const envelope = await envelopeOf(5_000);
    const large = await envelopeOf(250_000);
    const take = (bytes: Uint8Array, size = bytes.length) => codeFrom(sealed.accept('ada', size, inParts(bytes, 3)));
    expect(await take(concatBytes(PNG, envelope.subarray(PNG.length)))).toBe('upload.type');
    expect(await take(envelope.subarray(1))).toBe('upload.type');
    expect(await take(envelope.subarray(0, 2000), envelope.length)).toBe('upload.size');
    expect(await take(concatBytes(envelope, PNG), envelope.length)).toBe('upload.size');
    expect(await take(large)).toBe('upload.too-large');
    expect(await files()).toEqual([]);
  });
});
