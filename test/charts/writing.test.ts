// Two that write the same into one chart at once: what the chain is told of a record and the row here stay one.
import { describe, expect, it, test } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { erasedRows } from '../../node/charts/erased-rows.ts';
import { openManifest } from '../../records/chart/key-row.ts';
import { eraseOnChain, recordOnChain, type StateRows } from '../helpers/erased-chain.ts';
import { handle, writingClinic } from './writing-clinic.ts';

test('history from years ago that is brought in after an erasure is none of what was erased, and keeps its date', async () => {
  const { writing, note, store, clock, erased } = writingClinic();
  const approved = clock.now() - 1000;
  const care = approved - 3 * 365 * 86_400_000;
  const source = { key: randomBytes(32), written: care };
  const ref = writing.ref('p', handle);
  const chain: StateRows = new Map();
  const states = async (keys: readonly Uint8Array[]) => keys.map((key) => chain.get(toHex(key)));
  const [before] = await writing.bring('p', handle, undefined, [{ ...note('before'), source }]);
  erased.until = approved;
  const [after] = await writing.bring('p', handle, undefined, [
    { ...note('after'), source: { ...source, key: randomBytes(32) } },
  ]);
  eraseOnChain(chain, 1, recordOnChain(chain, 1, [before.record, after.record]), approved);
  const rows = [...(await store.versions(ref, before.record)), ...(await store.versions(ref, after.record))];
  const gone = await erasedRows({ states }, rows);
  expect(rows.map((row) => gone.has(row))).toEqual([true, false]);
  const key = await store.secret(ref, rows[1].category, rows[1].epoch);
  expect(openManifest(rows[1], key ?? new Uint8Array()).manifest.written).toBe(care);
});

describe('records that two bring in or amend at once', () => {
  it('are written once where they are of the same source, and the rows are what the chain was told', async () => {
    const { writing, note, told, kept } = writingClinic();
    const bring = (...keys: number[]) =>
      writing.bring(
        'p',
        handle,
        undefined,
        keys.map((key) => note(`of ${key}`, key)),
      );
    const [first, second] = await Promise.all([bring(1, 2), bring(2, 1, 3)]);
    expect(first.map(({ statement }) => statement !== undefined)).toEqual([true, true]);
    expect(second.map(({ statement }) => statement !== undefined)).toEqual([false, false, true]);
    expect(second.slice(0, 2).map(({ record, cid }) => [record, cid])).toEqual(
      [first[1], first[0]].map(({ record, cid }) => [record, cid]),
    );
    expect((await kept()).sort()).toEqual(told().sort());
    expect(told()).toHaveLength(3);
    const [again] = await bring(3);
    expect([again.record, again.statement]).toEqual([second[2].record, undefined]);
    expect(told()).toHaveLength(3);
  });

  it('become one new version: whoever comes second is told to read it first, and the chain is told of one', async () => {
    const { writing, note, said } = writingClinic();
    const [{ record }] = await writing.write('p', handle, undefined, [note('one')]);
    const correct = (text: string) =>
      writing.amend('p', handle, undefined, {
        ...{ record, type: 'correction' as const, version: 1, reason: 'typing', content: note(text) },
      });
    const [first, second] = await Promise.allSettled([correct('two'), correct('three')]);
    expect([first, second]).toMatchObject([
      { status: 'fulfilled', value: { version: 2 } },
      { status: 'rejected', reason: { code: 'record.version' } },
    ]);
    expect(said).toHaveLength(2);
  });

  it('are told apart by what is overwritten: its kind and category, of the version that was read', async () => {
    const { writing, note } = writingClinic();
    const marks = { sections: ['laboratory'], labels: [], encounters: [] };
    const panel = { ...note('panel'), kind: 'DiagnosticReport', marks };
    const [{ record }] = await writing.write('p', handle, undefined, [panel]);
    const ref = writing.ref('p', handle);
    expect(await writing.amended(ref, record, 1)).toEqual({ kind: 'DiagnosticReport', category: 'labs', marks });
    const about = { record, type: 'correction' as const, version: 1, reason: 'typing', content: note('a note') };
    await writing.amend('p', handle, undefined, about);
    await expect(writing.amended(ref, record, 1)).rejects.toMatchObject({
      type: { code: 'record.version', newest: 2 },
    });
    expect((await writing.amended(ref, record, 2)).kind).toBe('document');
  });
});
