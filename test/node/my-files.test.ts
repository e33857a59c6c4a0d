// A patient's records as files: decided at each fetch, given in parts, and what no call carries is left to them.
import { expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { OpenRecord, ReadRecord } from '../../node/charts/reading.ts';
import { Downloads } from '../../node/files/downloads.ts';
import { myFileService } from '../../node/services/my-file-service.ts';
import { shownContent } from '../../node/services/whole-content.ts';
import { MeError } from '../../node/vault/errors.ts';
import type { CallContext } from '../../rpc/ports.ts';
import { MAX_DOCUMENT_BYTES } from '../../rpc/schema/record.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { collected } from '../helpers/streams.ts';

const bytes = randomBytes(100);
const manifest = { mediaType: 'application/pdf', title: 'Knee: left/2', size: bytes.length, cid: 'cid' };

it('a file is opened for the patient whom the caller may act for at the fetch, in parts, by a name without signs', async () => {
  const downloads = new Downloads({ clock: new ManualClock() });
  const asked: unknown[] = [];
  let allowed = true;
  const { me_recordDownload } = myFileService({
    callers: {
      of: async (_, patient) => {
        if (!allowed) throw new MeError({ code: 'me.not-attached' });
        return { pid: patient } as never;
      },
    },
    records: {
      open: async ({ pid }, record, version) => {
        asked.push([pid, toHex(record), version]);
        const read = async function* ({ offset, length }: { offset: number; length: number }) {
          yield bytes.subarray(offset, offset + length);
        };
        return { manifest, read } as unknown as OpenRecord;
      },
    },
    downloads,
  });
  const context = { principal: { kind: 'session', session: { user: 'u' } } } as CallContext;
  const record = 'ab'.repeat(32);
  const { download } = await me_recordDownload({ actingFor: 'ref', record, version: 2 }, context);
  expect(asked).toEqual([]);
  const fetch = { principal: context.principal, signal: new AbortController().signal };
  const file = await downloads.open('user u', download, fetch);
  expect(file).toMatchObject({ mediaType: 'application/pdf', name: 'Knee_ left_2.pdf', size: 100, tag: 'cid' });
  expect(await collected(file.read(10, 20))).toEqual(bytes.subarray(10, 30));
  expect(asked).toEqual([['ref', record, 2]]);
  allowed = false;
  await expect(downloads.open('user u', download, fetch)).rejects.toMatchObject({ code: 'me.not-attached' });
  await expect(me_recordDownload({ record }, context)).rejects.toMatchObject({ code: 'me.not-attached' });
});

it('a document that no call carries is not read for one, a smaller one and a resource are given whole', async () => {
  let over = 0;
  const read = (about: Partial<typeof manifest>): ReadRecord => {
    const content = (async function* () {
      try {
        yield bytes;
      } finally {
        over++;
      }
    })();
    return { manifest: { ...manifest, ...about }, content } as unknown as ReadRecord;
  };
  expect(await shownContent(read({ size: MAX_DOCUMENT_BYTES + 1 }))).toEqual({ resource: null, bytes: null });
  expect(over).toBe(0);
  expect(await shownContent(read({}))).toEqual({ resource: null, bytes: Buffer.from(bytes).toString('base64') });
  const { resource } = await shownContent(read({ mediaType: 'application/fhir+json' }));
  expect(resource).toBe(new TextDecoder().decode(bytes));
});
