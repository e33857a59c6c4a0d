// Who is told by mail of a take-over, how often, and what a round costs.
import { expect, test } from 'vitest';
import { equalBytes, toHex } from '../../../common/bytes.ts';
import { createLogger } from '../../../common/logger.ts';
import { TakeOverIndex } from '../../../node/take-over/take-over-index.ts';
import { LOOK_THROUGH_EVERY_MS, TakeOverNotices } from '../../../node/take-over/take-over-notices.ts';
import type { TakeOverView } from '../../../node/take-over/take-overs.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';
import { MemoryKeyValues } from '../../helpers/memory-key-values.ts';
import { waitFor } from '../../helpers/wait-for.ts';

const ROUND_MS = 60_000;
const account = new Uint8Array(32).fill(9);

/** Numbered ids: of take-overs, of patients. */
function idOf(n: number): Uint8Array {
  const id = new Uint8Array(32);
  new DataView(id.buffer).setUint32(0, n);
  return id;
}

interface Seen {
  readonly takeOver?: number;
  readonly patient?: number;
  readonly attached?: boolean;
  readonly asked?: boolean;
}

function view({ takeOver = 7, patient = 1, attached = false, asked = false }: Seen): TakeOverView {
  const row = { handle: idOf(patient), live: true } as TakeOverView['row'];
  return { takeOver: idOf(takeOver), row, attached, asked, objects: false };
}

/** One clinic over its own rows, which a restart keeps; what the chain says is the test's. */
class Clinic {
  readonly clock = new ManualClock();
  readonly told: string[] = [];
  readonly asks = { account: 0, chain: 0, whole: 0 };
  /** Patients who have an account here. */
  accountOf: (handle: Uint8Array) => Promise<Uint8Array | undefined> = async () => account;
  private readonly chain = new Map<string, TakeOverView>();
  private readonly index = new TakeOverIndex({ store: new MemoryKeyValues() });
  private readonly store = new MemoryKeyValues();
  private notices = this.start();

  /** As blocks say it. */
  async says(...views: readonly TakeOverView[]): Promise<void> {
    for (const one of views) {
      this.chain.set(toHex(one.takeOver), one);
      await this.note(one);
    }
  }

  /** As a snapshot of the state brings it: no block told. */
  brings(one: TakeOverView): void {
    this.chain.set(toHex(one.takeOver), one);
  }

  /** A whole round that begins after this. */
  async round(ms = ROUND_MS): Promise<void> {
    await waitFor(async () => this.clock.pending === 1, { what: 'the end of a round', intervalMs: 1 });
    this.clock.advance(ms);
    await waitFor(async () => this.clock.pending === 1, { what: 'a round', intervalMs: 1 });
  }

  async restart(): Promise<void> {
    await this.notices.stop();
    this.notices = this.start();
  }

  async stop(): Promise<void> {
    await this.notices.stop();
    expect(this.clock.pending).toBe(0);
  }

  private async note({ takeOver, row, attached, asked }: TakeOverView): Promise<void> {
    const waits = asked ? 'asked' : undefined;
    await this.index.note(takeOver, { handle: row.handle, rank: 'open', waits, concerns: attached });
  }

  private start(): TakeOverNotices {
    const notices = new TakeOverNotices({
      ...{ store: this.store, index: this.index, clock: this.clock, logger: createLogger({ level: 'silent' }) },
      takeOvers: {
        lookThrough: async () => {
          this.asks.whole++;
          for (const one of this.chain.values()) await this.note(one);
        },
        find: async (takeOver) => {
          this.asks.chain++;
          return this.chain.get(toHex(takeOver));
        },
      },
      accountOf: (handle) => {
        this.asks.account++;
        return this.accountOf(handle);
      },
      tellPatient: (to) => void this.told.push(`patient ${to[0]}`),
      tellOfficers: async () => void this.told.push('officers'),
    });
    notices.start();
    return notices;
  }
}

test('one of whom nobody can be told hides none after it, and is tried again', async () => {
  const clinic = new Clinic();
  let fails = true;
  clinic.accountOf = async (handle) => {
    if (fails && equalBytes(handle, idOf(1))) throw new Error('not read');
    return account;
  };
  await clinic.says(view({ takeOver: 6, attached: true }), view({ patient: 2, attached: true, asked: true }));
  await clinic.round();
  expect(clinic.told).toEqual(['patient 9', 'officers']);
  fails = false;
  await clinic.round();
  expect(clinic.told).toEqual(['patient 9', 'officers', 'patient 9']);
  await clinic.stop();
});

test('the patient is told once it begins, who answers for the clinic once it is asked: each once, also across restarts', async () => {
  const clinic = new Clinic();
  await clinic.says(view({}));
  await clinic.round();
  expect(clinic.told).toEqual([]);
  await clinic.says(view({ attached: true }));
  await clinic.round();
  await clinic.says(view({ attached: true }));
  await clinic.round();
  expect(clinic.told).toEqual(['patient 9']);
  await clinic.says(view({ attached: true, asked: true }));
  await clinic.round();
  await clinic.restart();
  await clinic.round();
  expect(clinic.told).toEqual(['patient 9', 'officers']);
  await clinic.stop();
});

test('what no block told of is found by looking through all, at the start and every few hours', async () => {
  const clinic = new Clinic();
  await clinic.round();
  clinic.brings(view({ attached: true }));
  await clinic.round();
  expect(clinic.told).toEqual([]);
  await clinic.round(LOOK_THROUGH_EVERY_MS);
  await clinic.round();
  expect(clinic.told).toEqual(['patient 9']);
  clinic.brings(view({ takeOver: 8, asked: true }));
  await clinic.restart();
  await clinic.round();
  expect(clinic.told).toEqual(['patient 9', 'officers']);
  expect(clinic.asks.whole).toBe(3);
  await clinic.stop();
});

test('a round costs what is due, not how many there are, or were begun of one who cannot be told', async () => {
  const clinic = new Clinic();
  clinic.accountOf = async (handle) => (equalBytes(handle, idOf(0)) ? undefined : account);
  // Of others' patients, of this clinic's who were told, of one without an account.
  for (let n = 0; n < 300; n++) {
    await clinic.says(
      view({ takeOver: 1_000 + n, patient: 5_000 + n }),
      view({ takeOver: 2_000 + n, patient: 6_000 + n, attached: true }),
      view({ takeOver: 3_000 + n, patient: 0, attached: true }),
    );
  }
  await clinic.round();
  expect(clinic.told).toHaveLength(300);
  Object.assign(clinic.asks, { account: 0, chain: 0, whole: 0 });
  for (let n = 0; n < 5; n++) await clinic.round();
  expect(clinic.asks).toEqual({ account: 5, chain: 0, whole: 0 });
  await clinic.says(view({ takeOver: 1_007, patient: 5_007, asked: true }));
  await clinic.round();
  expect(clinic.asks).toEqual({ account: 6, chain: 1, whole: 0 });
  expect(clinic.told.at(-1)).toBe('officers');
  await clinic.stop();
});
