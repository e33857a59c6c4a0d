// Take-overs as clinics and a person drive them, over the rules of the ledger.
import { describe, expect, it } from 'vitest';
import { equalBytes, toHex } from '../../../common/bytes.ts';
import * as kinds from '../../../consensus/ledger/kinds.ts';
import {
  decodeTakeOverRow,
  encodeTakeOverRow,
  findAuthority,
} from '../../../consensus/ledger/patients/take-over/rows.ts';
import { encodeRegister } from '../../../consensus/ledger/patients/types.ts';
import { decodeStatement } from '../../../consensus/ledger/statement.ts';
import { TABLES, takeOverKey } from '../../../consensus/ledger/tables.ts';
import type { LedgerEvent, Outcome, Statement } from '../../../consensus/ledger/types.ts';
import { DEVELOPMENT } from '../../../consensus/params.ts';
import { ClinicAuthor } from '../../../node/clinic-author.ts';
import type { NewStatement } from '../../../node/outbox/outbox.ts';
import type { OutboxRecord } from '../../../node/outbox/record.ts';
import type { ChainStore } from '../../../node/store/ports.ts';
import { TakeOverIndex } from '../../../node/take-over/take-over-index.ts';
import { type ClinicWord, type PersonAction, TakeOvers } from '../../../node/take-over/take-overs.ts';
import { byClinic, named, type Person, person, RULES, statement, TestLedger } from '../../consensus/ledger/fixture.ts';
import { said } from '../../consensus/ledger/refusals.ts';
import { MemoryKeyValues } from '../../helpers/memory-key-values.ts';

const ANNA = named('anna');
const MIA = person('mia');

class Clinics {
  readonly ledger = new TestLedger();
  private readonly stores = new Map<number, MemoryKeyValues>();
  private readonly events: LedgerEvent[] = [];
  private outcomes: Outcome[] = [];

  constructor() {
    for (const clinic of [1, 3]) {
      const payload = encodeRegister([ANNA]);
      this.apply(clinic, statement({ kind: kinds.PATIENTS_REGISTER, author: byClinic(clinic), payload }));
    }
  }

  at(clinic: number, other?: Pick<ChainStore, 'states' | 'stateRange'>): TakeOvers {
    const { ledger } = this;
    const clock = { now: () => ledger.time } as never;
    const submit = async (made: readonly NewStatement[]) => {
      this.outcomes = made.map((one) => this.apply(clinic, decodeStatement(one.statement)));
      return [] as OutboxRecord[];
    };
    const stateRange = async (table: number, prefix: Uint8Array) => {
      const begin = toHex(Uint8Array.of(table, ...prefix));
      const rows = [...ledger.state.rows].filter(([key]) => key.startsWith(begin)).sort();
      return rows.map(([key, value]) => [Uint8Array.from(Buffer.from(key, 'hex')), value] as const);
    };
    const store = {
      states: async (keys: readonly Uint8Array[]) => keys.map((key) => ledger.state.get(key)),
      stateRange,
    };
    const author = new ClinicAuthor({ genesisId: RULES.genesisId, clinic }, { clock });
    return new TakeOvers({ store: other ?? store, outbox: { submit }, author, clock, index: this.indexOf(clinic) });
  }

  /** What the block's events say, as each clinic hears it. */
  async told(clinic: number): Promise<TakeOvers> {
    const takeOvers = this.at(clinic);
    await takeOvers.follow(this.events);
    return takeOvers;
  }

  private apply(clinic: number, one: Statement): Outcome {
    const { outcomes, events } = this.ledger.block([{ clinic, role: 'node', statements: [one] }]);
    this.events.push(...events);
    return outcomes[0][0];
  }

  private indexOf(clinic: number): TakeOverIndex {
    const store = this.stores.get(clinic) ?? new MemoryKeyValues();
    this.stores.set(clinic, store);
    return new TakeOverIndex({ store });
  }

  async says(clinic: number, word: ClinicWord, takeOver: Uint8Array): Promise<string> {
    await this.at(clinic).say(word, takeOver);
    return said(this.outcomes[0]);
  }

  async signs(who: Person, action: PersonAction): Promise<{ takeOver: Uint8Array; outcome: string }> {
    const { takeOver, statement: unsigned } = await this.at(2).prepare(action);
    expect(toHex(unsigned.author.type === 'person' ? unsigned.author.key : new Uint8Array(0))).toBe(toHex(who.key));
    const outcome = said(this.apply(2, { ...unsigned, signature: new Uint8Array(64) }));
    return { takeOver, outcome };
  }
}

const start = {
  action: 'start',
  key: MIA.key,
  handle: ANNA,
  encryptionKey: named('x25519'),
  commitment: named('terms'),
} as const;

const NONE = { views: [], more: false };

describe('a take-over at the clinics', () => {
  it('goes from the first signature to authority, and every clinic sees what it is asked', async () => {
    const clinics = new Clinics();
    const { takeOver, outcome } = await clinics.signs(MIA, start);
    expect(outcome).toBe('applied');
    expect(await (await clinics.told(3)).waiting(9)).toEqual(NONE);
    expect(await clinics.says(2, 'witness', takeOver)).toBe('applied');
    expect(await clinics.says(4, 'witness', takeOver)).toBe('applied');
    for (const clinic of [1, 3]) {
      const [asked] = (await (await clinics.told(clinic)).waiting(9)).views;
      expect(asked).toMatchObject({ attached: true, asked: true, objects: false });
      expect(await clinics.says(clinic, 'acknowledge', takeOver)).toBe('applied');
      expect(await (await clinics.told(clinic)).waiting(9)).toEqual(NONE);
    }
    expect((await (await clinics.told(4)).ofPatient(ANNA, 9)).views).toHaveLength(1);
    expect(await clinics.at(4).ofPatient(named('boris'), 9)).toEqual(NONE);
    clinics.ledger.wait(DEVELOPMENT.takeOverDelay);
    expect((await clinics.signs(MIA, { action: 'finish', takeOver })).outcome).toBe('applied');
    expect(findAuthority(clinics.ledger.state, ANNA)?.key).toEqual(MIA.key);
    await expect(clinics.at(1).say('object', takeOver)).rejects.toMatchObject({ code: 'takeover.not-now' });
  });

  it('stops by an objection, which can be withdrawn and made again', async () => {
    const clinics = new Clinics();
    const { takeOver } = await clinics.signs(MIA, start);
    await clinics.says(1, 'witness', takeOver);
    await clinics.says(3, 'witness', takeOver);
    await expect(clinics.at(2).say('object', takeOver)).rejects.toMatchObject({ code: 'takeover.not-now' });
    await expect(clinics.at(3).say('withdraw', takeOver)).rejects.toMatchObject({ code: 'takeover.not-now' });
    for (const word of ['object', 'withdraw', 'object'] as const) {
      expect(await clinics.says(3, word, takeOver)).toBe('applied');
    }
    expect(await clinics.at(3).get(takeOver)).toMatchObject({ objects: true });
    clinics.ledger.wait(DEVELOPMENT.takeOverLongest);
    expect((await clinics.signs(MIA, { action: 'finish', takeOver })).outcome).toBe('take-over-objected');
  });

  it('is found by whom it waits for behind any number of others', async () => {
    const clinics = new Clinics();
    const { takeOver } = await clinics.signs(MIA, start);
    for (const clinic of [2, 4]) await clinics.says(clinic, 'witness', takeOver);
    const row = clinics.ledger.state.get(takeOverKey(takeOver)) as Uint8Array;
    const other = encodeTakeOverRow({ ...decodeTakeOverRow(row), handle: named('boris'), waiting: [], witnesses: [] });
    const many = Array.from({ length: 2_100 }, (_, n) => {
      const key = new Uint8Array(33);
      new DataView(key.buffer).setUint32(1, n);
      return [key, other] as const;
    });
    const last = [Uint8Array.of(TABLES.takeOver, ...new Uint8Array(32).fill(0xff)), row] as const;
    const all = [...many, last];
    const store = {
      states: async (keys: readonly Uint8Array[]) =>
        keys.map((key) => (equalBytes(key, last[0]) ? row : clinics.ledger.state.get(key))),
      stateRange: async (_: number, __: Uint8Array, after: Uint8Array | undefined, limit: number) => {
        const from = after === undefined ? 0 : all.findIndex(([key]) => key === after) + 1;
        return all.slice(from, from + limit);
      },
    };
    const takeOvers = clinics.at(3, store);
    await takeOvers.lookThrough();
    expect((await takeOvers.waiting(9)).views.map(({ asked }) => asked)).toEqual([true]);
    expect((await takeOvers.ofPatient(ANNA, 9)).views).toHaveLength(1);
  });

  it('is found by whose it is behind any number that somebody else begins, and what is left out is said', async () => {
    const clinics = new Clinics();
    const { takeOver } = await clinics.signs(MIA, start);
    const row = clinics.ledger.state.get(takeOverKey(takeOver)) as Uint8Array;
    const ground = Array.from({ length: 600 }, (_, n) => {
      const id = new Uint8Array(32);
      new DataView(id.buffer).setUint32(0, n);
      return id;
    });
    for (const id of ground) clinics.ledger.state.rows.set(toHex(takeOverKey(id)), row);
    let reads = 0;
    const takeOvers = clinics.at(1, {
      states: async (keys) => {
        reads += keys.length;
        return keys.map((key) => clinics.ledger.state.get(key));
      },
      stateRange: async (_, __, after) =>
        after === undefined ? [...ground, takeOver].map((id) => [takeOverKey(id), row] as const) : [],
    });
    await takeOvers.lookThrough();
    reads = 0;
    const hidden = await takeOvers.ofPatient(ANNA, 50);
    expect(hidden).toMatchObject({ more: true, views: { length: 50 } });
    expect(hidden.views.some((view) => equalBytes(view.takeOver, takeOver))).toBe(false);
    expect(reads).toBe(150);
    const [found, ...rest] = await takeOvers.named(ANNA, [named('none'), takeOver]);
    expect([found.takeOver, rest]).toEqual([takeOver, []]);
    expect(await takeOvers.named(named('boris'), [takeOver])).toEqual([]);
    const code = takeOver.slice(0, 16);
    expect((await takeOvers.ofCode(ANNA, code, 9)).views.map((view) => view.takeOver)).toEqual([takeOver]);
    expect(await takeOvers.ofCode(named('boris'), code, 9)).toEqual(NONE);
    // What clinics witnessed comes first, whatever its id.
    for (const clinic of [2, 4]) await clinics.says(clinic, 'witness', takeOver);
    const { views } = await (await clinics.told(1)).ofPatient(ANNA, 1);
    expect(views.map((view) => view.takeOver)).toEqual([takeOver]);
    // Names that the chain has no more are not looked through to the end.
    for (const id of ground) clinics.ledger.state.rows.delete(toHex(takeOverKey(id)));
    reads = 0;
    expect(await takeOvers.ofPatient(ANNA, 50)).toMatchObject({ more: true, views: { length: 1 } });
    expect(reads).toBe(514);
  });

  it('is known by its id alone', async () => {
    await expect(new Clinics().at(1).say('witness', named('none'))).rejects.toMatchObject({ code: 'takeover.unknown' });
  });
});
