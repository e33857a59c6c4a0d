// What was acknowledged, over crashes: the outbox on real databases, with blocks made by hand.
import { describe, expect, it } from 'vitest';
import { MAX_DONE, VALID_BLOCKS } from '../../node/outbox/outbox.ts';
import { BenchClinic } from './bench-clinic.ts';

describe('the outbox', { timeout: 180_000 }, () => {
  it('opens statements again whose block was undone in a crash, and brings them to their end', async () => {
    let clinic = await BenchClinic.open();
    try {
      const ids = await clinic.submit(3);
      await clinic.send();
      await clinic.mine('full');
      expect(clinic.outbox.list().map(({ state }) => state)).toEqual(['done', 'done', 'done']);
      const before = clinic;
      clinic = await before.crashDuring(() => before.replaceTip(0));
      expect(clinic.outbox.waiting).toBe(3);
      await clinic.send();
      await clinic.mine('full');
      expect(clinic.outbox.waiting).toBe(0);
      expect([...(await clinic.onMainChain())]).toEqual(ids.map((id) => [id, [2]]));
    } finally {
      await clinic.close();
    }
  });

  it('knows after a crash what a block did with statements that waited, and in which transaction they stand', async () => {
    let clinic = await BenchClinic.open();
    try {
      await clinic.submit(2);
      await clinic.send();
      const sent = clinic.outbox.list().map(({ transaction }) => transaction);
      const before = clinic;
      clinic = await before.crashDuring(() => before.mine('full'));
      expect(clinic.outbox.waiting).toBe(0);
      for (const [index, record] of clinic.outbox.list().entries()) {
        expect(record).toMatchObject({ state: 'done', height: 1, transaction: sent[index] });
        expect(record.outcome?.status).toBe('applied');
      }
    } finally {
      await clinic.close();
    }
  });

  it('sends again after a crash what a block settled on another way, so that what was sent after it goes on', async () => {
    let clinic = await BenchClinic.open();
    try {
      const settled = await clinic.revoke();
      await clinic.send();
      await clinic.submit(1);
      await clinic.send();
      const before = clinic;
      clinic = await before.crashDuring(() => before.mineElsewhere(settled));
      expect(clinic.outbox.list().map(({ state }) => state)).toEqual(['pending', 'done']);
      await clinic.send();
      await clinic.mine('full');
      expect(clinic.outbox.waiting).toBe(0);
    } finally {
      await clinic.close();
    }
  });

  it('fills the places of transactions that expired, each with one of its own, so that hundreds that were sent after them go on', async () => {
    const clinic = await BenchClinic.open();
    const sendOne = async (): Promise<void> => {
      await clinic.submit(1);
      await clinic.send();
    };
    const mineEmpty = async (blocks: number): Promise<void> => {
      for (let n = 0; n < blocks; n++) await clinic.mine('empty');
    };
    try {
      for (let n = 0; n < 10; n++) await sendOne();
      await mineEmpty(20);
      for (let n = 0; n < 246; n++) await sendOne();
      await clinic.mine('full');
      for (let n = 0; n < 20; n++) await sendOne();
      await clinic.replaceTip(0);
      expect(clinic.outbox.waiting).toBe(276);
      // The first ten are valid until block 240, all others for longer; none can be taken before those.
      await mineEmpty(VALID_BLOCKS - 20);
      await clinic.send();
      await clinic.mine('full');
      expect(clinic.outbox.waiting).toBe(0);
    } finally {
      await clinic.close();
    }
  });

  it('forgets no statement that is done and not yet final: its block may be undone', async () => {
    const clinic = await BenchClinic.open();
    try {
      await clinic.submit(MAX_DONE + 100);
      await clinic.send();
      while (clinic.outbox.waiting > 0) await clinic.mine('full');
      expect(clinic.outbox.list()).toHaveLength(MAX_DONE + 100);
    } finally {
      await clinic.close();
    }
  });
});
