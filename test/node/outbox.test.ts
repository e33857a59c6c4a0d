// What was acknowledged, over crashes: the outbox on real databases, with blocks made by hand.
import { describe, expect, it } from 'vitest';
import { BenchClinic } from './bench-clinic.ts';

describe('the outbox', () => {
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
});
