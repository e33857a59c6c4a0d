// How much this clinic has evaluated for each other clinic, and how much it still does today: counted on disk before
// anything is computed, so that neither a crash nor a restart forgets. A day is one of UTC; a clock set back starts none.

import type { Clock } from '../../common/clock.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { Serial } from '../../common/serial.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { EvaluationUse } from '../../identity/patient/threshold-evaluator.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import { rowsOf } from '../../records/rows-of.ts';
import { USES } from './wire.ts';

const DAY_MS = 86_400_000;
/** Rows read at once for a list: a member has one for each use. */
const PAGE = 256;

/** What one clinic was given, and refused. */
export interface QuotaCount {
  readonly clinic: ClinicNumber;
  readonly use: EvaluationUse;
  /** Of the day that `until` ends. */
  readonly today: number;
  readonly limit: number;
  /** Beyond the daily limit, until used up: what the operator granted for a first enrolment. */
  readonly granted: number;
  readonly total: number;
  readonly refused: number;
  /** ms since 1970, when the day ends. */
  readonly until: number;
}

export type QuotaVerdict = { readonly ok: true } | { readonly ok: false; readonly until: number };

interface QuotaRow {
  readonly day: number;
  readonly today: number;
  readonly granted: number;
  readonly total: number;
  readonly refused: number;
}

export interface QuotasOptions {
  /** Elements a day for each other clinic. */
  readonly perDay: Readonly<Record<EvaluationUse, number>>;
}

export interface QuotasModules {
  readonly store: KeyValueStore;
  readonly clock: Pick<Clock, 'now'>;
}

export class Quotas {
  private readonly options: QuotasOptions;
  private readonly modules: QuotasModules;
  private readonly serial = new Serial();

  constructor(options: QuotasOptions, modules: QuotasModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Takes all of `count` or nothing. On disk when it resolves. */
  take(clinic: ClinicNumber, use: EvaluationUse, count: number): Promise<QuotaVerdict> {
    return this.serial.run(async () => {
      const row = await this.row(clinic, use);
      const ofDay = Math.min(count, Math.max(0, this.options.perDay[use] - row.today));
      const ofGrant = count - ofDay;
      const ok = ofGrant <= row.granted;
      await this.put(clinic, use, {
        ...row,
        ...(ok
          ? { today: row.today + ofDay, granted: row.granted - ofGrant, total: row.total + count }
          : { refused: row.refused + count }),
      });
      return ok ? { ok } : { ok, until: (row.day + 1) * DAY_MS };
    });
  }

  /** Allows so many more, whatever the day; tells how many that are by now. */
  grant(clinic: ClinicNumber, use: EvaluationUse, count: number): Promise<number> {
    return this.serial.run(async () => {
      const row = await this.row(clinic, use);
      const granted = Math.min(row.granted + count, 0xffff_ffff);
      await this.put(clinic, use, { ...row, granted });
      return granted;
    });
  }

  /** By clinic and use; only those who have asked or were granted. */
  async list(): Promise<QuotaCount[]> {
    const counts: QuotaCount[] = [];
    for await (const [key] of rowsOf(this.modules.store, new Uint8Array(0), PAGE)) {
      const clinic = (key[0] << 8) | key[1];
      const use = USES[key[2] - 1];
      const { day, ...row } = await this.row(clinic, use);
      counts.push({ clinic, use, limit: this.options.perDay[use], until: (day + 1) * DAY_MS, ...row });
    }
    return counts;
  }

  private async row(clinic: ClinicNumber, use: EvaluationUse): Promise<QuotaRow> {
    const day = Math.floor(this.modules.clock.now() / DAY_MS);
    const bytes = await this.modules.store.get(keyOf(clinic, use));
    if (bytes === undefined) return { day, today: 0, granted: 0, total: 0, refused: 0 };
    const row = decodeRow(bytes);
    return row.day >= day ? row : { ...row, day, today: 0 };
  }

  private put(clinic: ClinicNumber, use: EvaluationUse, row: QuotaRow): Promise<void> {
    return this.modules.store.put(keyOf(clinic, use), encodeRow(row));
  }
}

function keyOf(clinic: ClinicNumber, use: EvaluationUse): Uint8Array {
  return new Writer(3)
    .u16(clinic)
    .u8(USES.indexOf(use) + 1)
    .finish();
}

function encodeRow({ day, today, granted, total, refused }: QuotaRow): Uint8Array {
  return new Writer(29).u8(1).u32(day).u32(today).u32(granted).u64(total).u64(refused).finish();
}

function decodeRow(bytes: Uint8Array): QuotaRow {
  const reader = new Reader(bytes);
  if (reader.u8() !== 1) throw new CodecError({ code: 'codec.value', field: 'quota.version' });
  const row = {
    day: reader.u32(),
    today: reader.u32(),
    granted: reader.u32(),
    total: reader.u64(),
    refused: reader.u64(),
  };
  reader.end();
  return row;
}
