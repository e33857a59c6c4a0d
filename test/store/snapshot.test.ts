// The state of a height as parts, served while the chain goes on, and taken into an empty database that then goes on from
// there: real databases, blocks made by hand.
import { cp, readdir, rm } from 'node:fs/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CodecError } from '../../common/codec/errors.ts';
import { codeOf } from '../../common/errors.ts';
import { signedHeaderOf } from '../../consensus/chain/block.ts';
import { SIGNED_HEADER_BYTES } from '../../consensus/chain/header.ts';
import { decodeCut, encodeCut } from '../../consensus/tree/cut.ts';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import { CheckedRows, openLevel } from '../../node/store/kv.ts';
import { IMPORT_TARGET_KEY, TABLE_NAMES } from '../../node/store/layout.ts';
import { decodeHeaderItem, encodeHeaderItem } from '../../node/store/rows.ts';
import { decodePart, encodePart } from '../../node/store/snapshot/part.ts';
import { Driver, handle, makeBlock, temporaryDirectory, testGenesis } from './chain-fixture.ts';

const genesis = testGenesis();
let directory: { path: string; remove(): Promise<void> };
let source: ChainDatabase;
let driver: Driver;
let fresh: ChainDatabase;

beforeEach(async () => {
  directory = await temporaryDirectory();
  source = new ChainDatabase({ path: `${directory.path}/source`, genesis });
  fresh = new ChainDatabase({ path: `${directory.path}/fresh`, genesis });
  driver = await Driver.open(genesis, source);
  await fresh.open();
});

afterEach(async () => {
  await source.close();
  await fresh.close();
  await directory.remove();
});

/** Blocks of registrations: 400 handles each, about 100 KB of rows. */
async function grow(blocks: number): Promise<void> {
  for (let n = 0; n < blocks; n++) {
    const from = driver.tip.header.height * 400;
    await driver.add([driver.registration(from, 200), driver.registration(from + 200, 200)]);
  }
}

async function target(height: number) {
  const [item] = await source.headers(height, 1);
  const info = await source.makeSnapshot(height);
  const cut = info === undefined ? undefined : await source.snapshotCut(info.id);
  if (info === undefined || cut === undefined) throw new Error('no snapshot');
  return { info, target: { checkpoint: item.slice(0, SIGNED_HEADER_BYTES), cut, steps: [] } };
}

async function takeAll(height: number): Promise<void> {
  const { info, target: wanted } = await target(height);
  await fresh.importBegin(wanted);
  await fresh.importHeaders(await source.headers(1, height - 1));
  for (let part = 0; part < info.parts; part++)
    await fresh.importPart(part, (await source.snapshotPart(info.id, part))!);
}

describe('a snapshot', () => {
  it('is the state before its checkpoint, made while the chain goes on', async () => {
    await grow(6);
    const making = source.makeSnapshot(4);
    await grow(3);
    const info = await making;
    const parts = decodeCut((await source.snapshotCut(info!.id))!);
    expect(info).toMatchObject({ height: 4, parts: parts.length });
    const keys = new Set<string>();
    for (let part = 0; part < parts.length; part++) {
      const { rows } = decodePart((await source.snapshotPart(info!.id, part))!);
      for (const { key } of rows) keys.add(Buffer.from(key).toString('hex'));
    }
    const registered = (n: number): boolean => keys.has(`40${Buffer.from(handle(n)).toString('hex')}`);
    expect([registered(0), registered(1199), registered(1200), registered(2000)]).toEqual([true, true, false, false]);
  });

  it('brings an empty database to the same state, which goes on with the next blocks', async () => {
    await grow(9);
    await takeAll(8);
    const report = await fresh.importFinish();
    expect(report.tip.header.height).toBe(7);
    expect(report.roots).toEqual({
      outcomeRoot: (await source.entryAt(8))!.header.outcomeRoot,
      stateRoot: (await source.entryAt(8))!.header.stateRoot,
      historyRoot: (await source.entryAt(8))!.header.historyRoot,
    });
    for (const height of [8, 9]) {
      const entry = (await source.entryAt(height))!;
      await fresh.putBlock(entry.id, (await source.block(entry.id))!, entry.work);
      await fresh.connect(entry.id);
    }
    const again = new ChainDatabase({ path: `${directory.path}/fresh`, genesis });
    await fresh.close();
    const reopened = await again.open();
    expect([reopened.tip.id, reopened.roots, reopened.repaired]).toEqual([driver.tip.id, driver.roots, 0]);
    expect(reopened.tip.work).toBe((await source.entryAt(9))!.work);
    await again.close();
  });

  it('goes on after the process died between any two steps', async () => {
    await grow(17);
    const { info, target: wanted } = await target(16);
    const headers = await source.headers(1, 15);
    const restart = async (): Promise<void> => {
      await fresh.close();
      fresh = new ChainDatabase({ path: `${directory.path}/fresh`, genesis });
      await fresh.open();
    };
    expect(await fresh.importBegin(wanted)).toMatchObject({ nextHeader: 1, nextPart: 0 });
    await fresh.importHeaders(headers.slice(0, 3));
    await restart();
    expect(await fresh.importBegin(wanted)).toMatchObject({ nextHeader: 4, nextPart: 0 });
    await fresh.importHeaders(headers.slice(3));
    const takeParts = async (end: number): Promise<void> => {
      await restart();
      // Parts of a run that is not on the disk yet are asked for again.
      expect(await fresh.importBegin(wanted)).toMatchObject({ nextHeader: 16, nextPart: 0 });
      for (let part = 0; part < end; part++) await fresh.importPart(part, (await source.snapshotPart(info.id, part))!);
    };
    expect(info.parts).toBeGreaterThan(1);
    await takeParts(info.parts - 1);
    await takeParts(info.parts);
    await restart();
    expect(await fresh.importBegin(wanted)).toMatchObject({ nextPart: info.parts });
    expect((await fresh.importFinish()).tip.header.height).toBe(15);
    expect(await readdir(directory.path)).not.toContain('fresh.incoming.runs');
  });

  it('begins anew when a part of what was taken in is gone from the disk', async () => {
    await grow(9);
    await takeAll(8);
    const { target: wanted } = await target(8);
    // The run is written behind the last part: asking once more waits for it.
    expect(await fresh.importBegin(wanted)).toMatchObject({ nextHeader: 8 });
    await rm(`${directory.path}/fresh.incoming.runs/0`);
    await expect(fresh.importFinish()).rejects.toMatchObject({ code: 'store.damaged' });
    expect(await readdir(directory.path)).not.toContain('fresh.incoming');
    await takeAll(8);
    expect((await fresh.importFinish()).tip.header.height).toBe(7);
  });

  it('begins anew for another target', async () => {
    await grow(9);
    const early = await target(4);
    await fresh.importBegin(early.target);
    await fresh.importHeaders(await source.headers(1, 3));
    expect(await fresh.importBegin((await target(8)).target)).toMatchObject({ nextHeader: 1, nextPart: 0 });
  });

  it('begins anew when a version before made runs of another number of parts', async () => {
    await grow(9);
    const { target: wanted } = await target(8);
    await fresh.importBegin(wanted);
    await fresh.importHeaders(await source.headers(1, 7));
    await fresh.close();
    const level = await openLevel(`${directory.path}/fresh.incoming`, { writeBuffer: 65_536, cache: 65_536 });
    const rows = new CheckedRows(level, TABLE_NAMES);
    const kept = (await rows.get(IMPORT_TARGET_KEY))!;
    const runs = new DataView(kept.buffer, kept.byteOffset).getUint32(0);
    const other = Uint8Array.of(0, 0, 0, runs + 1, ...kept.subarray(4));
    await rows.batch().put(IMPORT_TARGET_KEY, other).write();
    await level.close();
    fresh = new ChainDatabase({ path: `${directory.path}/fresh`, genesis });
    await fresh.open();
    expect(await fresh.importBegin(wanted)).toMatchObject({ nextHeader: 1, nextPart: 0 });
  });

  it('is whole or not there when the process died in the middle of the swap', async () => {
    await grow(9);
    await takeAll(8);
    await fresh.importFinish();
    await fresh.close();
    const path = `${directory.path}/fresh`;
    // As between the two renames: the old one is aside, the new one not yet in its place.
    await cp(path, `${path}.incoming`, { recursive: true });
    await cp(`${directory.path}/source`, `${path}.replaced`, {
      recursive: true,
      filter: (name) => !name.endsWith('LOCK'),
    });
    await rm(path, { recursive: true });
    fresh = new ChainDatabase({ path, genesis });
    expect((await fresh.open()).tip.header.height).toBe(7);
  });

  it('takes no wrong part, wrong cut or wrong headers, and the right ones after them', async () => {
    await grow(9);
    const { info, target: wanted } = await target(8);
    const parts = decodeCut(wanted.cut);
    const forged = encodeCut(parts.map((part, i) => (i === 0 ? { ...part, hash: new Uint8Array(32).fill(7) } : part)));
    await expect(fresh.importBegin({ ...wanted, cut: forged })).rejects.toThrow(CodecError);
    await fresh.importBegin(wanted);
    const headers = await source.headers(1, 7);
    await expect(fresh.importHeaders([headers[1]])).rejects.toMatchObject({ code: 'block.parent' });
    const lighter = headers[0].slice();
    lighter[200] ^= 1;
    await expect(fresh.importHeaders([lighter])).rejects.toThrow(/^block\./);
    await fresh.importHeaders(headers);
    const right = (await source.snapshotPart(info.id, 0))!;
    const wrong = right.slice();
    wrong[wrong.length - 1] ^= 1;
    const { rows } = decodePart(right);
    const lies = [
      wrong,
      encodePart(rows.slice(1)),
      encodePart([...rows].reverse()),
      new Uint8Array(0),
      right.subarray(1),
    ];
    for (const lie of lies) {
      await expect(fresh.importPart(0, lie)).rejects.toThrow(CodecError);
      expect(await fresh.importBegin(wanted)).toMatchObject({ nextPart: 0 });
    }
    for (let part = 0; part < info.parts; part++)
      await fresh.importPart(part, (await source.snapshotPart(info.id, part))!);
    expect((await fresh.importFinish()).tip.header.height).toBe(7);
  });

  it('keeps no headers that do not lead to the checkpoint', async () => {
    await grow(6);
    const stale = makeBlock(driver.tip, driver.roots, [], 1);
    await grow(3);
    const { target: wanted } = await target(8);
    await fresh.importBegin(wanted);
    const headers = await source.headers(1, 7);
    const sibling = encodeHeaderItem({ ...decodeHeaderItem(headers[6]), signed: signedHeaderOf(stale.bytes) });
    await expect(fresh.importHeaders([...headers.slice(0, 6), sibling])).rejects.toMatchObject({
      code: 'block.parent',
    });
    expect(await fresh.importBegin(wanted)).toMatchObject({ nextHeader: 1 });
  });

  it('begins anew over one that was whole when the process died before it was put in place', async () => {
    await grow(9);
    await takeAll(8);
    await fresh.importFinish();
    await fresh.close();
    const path = `${directory.path}/fresh`;
    await cp(path, `${path}.incoming`, { recursive: true });
    fresh = new ChainDatabase({ path: `${directory.path}/fresh`, genesis });
    await fresh.open();
    const early = await target(4);
    await fresh.importBegin(early.target);
    await fresh.importHeaders(await source.headers(1, 3));
    for (let part = 0; part < early.info.parts; part++)
      await fresh.importPart(part, (await source.snapshotPart(early.info.id, part))!);
    await fresh.importFinish();
    // What blocks 4 to 7 registered is not in the state after block 3.
    const key = new Uint8Array([0x40, ...handle(2000)]);
    expect((await source.states([key]))[0]).toBeDefined();
    expect(await fresh.states([key])).toEqual([undefined]);
  });

  it('is not finished before all of it is there', async () => {
    await grow(9);
    const { target: wanted } = await target(8);
    await fresh.importBegin(wanted);
    await fresh.importHeaders(await source.headers(1, 7));
    await expect(fresh.importFinish()).rejects.toThrow(CodecError);
    await fresh.importDrop();
    await expect(fresh.importHeaders([])).rejects.toMatchObject({ code: 'store.no-import' });
  });

  it('is one of two that are kept, also after a restart', async () => {
    await grow(13);
    for (const height of [4, 8, 12]) await source.makeSnapshot(height);
    expect((await source.snapshots()).map(({ height }) => height)).toEqual([12, 8]);
    await source.close();
    await source.open();
    const kept = await source.snapshots();
    expect(kept.map(({ height }) => height)).toEqual([12, 8]);
    expect(await source.snapshotPart(kept[1].id, 0)).toBeDefined();
    expect(await source.snapshotPart(kept[1].id, 999)).toBeUndefined();
  });
});

describe('parts', () => {
  it('have one encoding, and random bytes are refused or are that encoding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        try {
          expect(encodePart(decodePart(bytes).rows)).toEqual(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
    );
  });
});

describe('bodies', () => {
  it('are filled in below a snapshot, the highest first, with outcomes that the headers vouch for', async () => {
    await grow(9);
    await takeAll(8);
    await fresh.importFinish();
    expect(await fresh.bodiesFrom()).toBe(8);
    const bodyAt = async (height: number) => {
      const { id } = (await source.entryAt(height))!;
      return { id, block: (await source.block(id))!, outcomes: (await source.outcomeBytes(id))! };
    };
    const seven = await bodyAt(7);
    const six = await bodyAt(6);
    await expect(fresh.fillBody(six.block, six.outcomes)).rejects.toMatchObject({ code: 'store.not-child' });
    await expect(fresh.fillBody(seven.block, Uint8Array.of(0, 0, 0, 0))).rejects.toThrow(CodecError);
    const lie = seven.outcomes.slice();
    lie[7] = 5;
    lie[9] = 1;
    expect(['block.root', 'codec.value']).toContain(codeOf(await fresh.fillBody(seven.block, lie).catch((e) => e)));
    for (let height = 7; height > 0; height--) {
      const { id, block, outcomes } = await bodyAt(height);
      await fresh.fillBody(block, outcomes);
      expect(await fresh.block(id)).toEqual(block);
      expect(await fresh.outcomes(id)).toEqual(await source.outcomes(id));
      expect(await fresh.entry(id)).toEqual(await source.entry(id));
    }
    expect(await fresh.bodiesFrom()).toBe(0);
  });

  it('are removed below what is kept, and the database opens and goes on without them', async () => {
    await grow(9);
    const { id } = (await source.entryAt(3))!;
    const found = await source.find('', 100);
    expect(found.filter(({ type }) => type === 'transaction')).toHaveLength(18);
    expect(await source.prune(5, 2)).toBe(3);
    expect(await source.prune(5, 20)).toBe(5);
    expect(await source.prune(5, 20)).toBe(5);
    expect([await source.block(id), await source.outcomes(id)]).toEqual([undefined, undefined]);
    expect((await source.find('', 100)).filter(({ type }) => type === 'transaction')).toHaveLength(10);
    expect((await source.headers(3, 1))[0]).toHaveLength(SIGNED_HEADER_BYTES + 2);
    await source.close();
    const report = await source.open();
    expect([report.tip.header.height, report.repaired]).toEqual([9, 0]);
    driver = await Driver.open(genesis, source);
    driver.sequence = 18;
    await grow(1);
    await source.disconnect();
  });
});
