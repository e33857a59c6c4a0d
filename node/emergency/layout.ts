// Keys of rows in the database of key rows that belong to emergencies. Whatever is of one chart begins with its table, its
// clinic and its id, as charts have it, so that a shred names it by a prefix.
import { concatBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { clinicBytes } from '../../consensus/ledger/objects.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { type Category, categoryByte, categoryOfByte } from '../../records/category.ts';
import type { EscrowName } from '../../records/emergency/escrow.ts';

const CHART_BYTES = 32;

/** One byte each, never used for anything else again; below 0x10 are charts'. */
export const ESCROW_TABLES = {
  /** chart | category | epoch: an escrow, own or of another clinic's chart. */
  escrow: 0x10,
  /** handle | clinic | chart: nothing. Where a patient's escrows are. */
  patient: 0x11,
  /** chart | category | epoch | clinic: nothing. An escrow that this clinic has not got yet. */
  owed: 0x12,
  /** chart | category | epoch | clinic: nothing. That epochs before this one open nothing any more, which this clinic was not told yet. */
  untold: 0x13,
} as const;

export interface EscrowChart {
  readonly clinic: ClinicNumber;
  readonly chart: Uint8Array;
}

export function escrowPrefix({ clinic, chart }: EscrowChart): Uint8Array {
  return concatBytes(Uint8Array.of(ESCROW_TABLES.escrow), clinicBytes(clinic), chart);
}

export function escrowKey(name: EscrowName): Uint8Array {
  return concatBytes(escrowPrefix(name), epochBytes(name));
}

export function patientPrefix(handle: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(ESCROW_TABLES.patient), handle);
}

export function patientChartKey(handle: Uint8Array, { clinic, chart }: EscrowChart): Uint8Array {
  return concatBytes(patientPrefix(handle), clinicBytes(clinic), chart);
}

export function owedPrefix(chart?: EscrowChart): Uint8Array {
  const table = Uint8Array.of(ESCROW_TABLES.owed);
  return chart === undefined ? table : concatBytes(table, clinicBytes(chart.clinic), chart.chart);
}

/** An escrow that is owed, and to whom, from its key. */
export function owedKey(name: EscrowName, to: ClinicNumber): Uint8Array {
  return concatBytes(owedPrefix(name), epochBytes(name), clinicBytes(to));
}

export function readOwed(key: Uint8Array): { readonly escrow: Uint8Array; readonly to: ClinicNumber } {
  const escrow = key.slice(0, -2);
  escrow[0] = ESCROW_TABLES.escrow;
  return { escrow, to: (key[key.length - 2] << 8) | key[key.length - 1] };
}

export interface UntoldDrop extends EscrowChart {
  readonly category: Category;
  readonly below: number;
  readonly to: ClinicNumber;
}

export function untoldPrefix(chart?: EscrowChart): Uint8Array {
  const table = Uint8Array.of(ESCROW_TABLES.untold);
  return chart === undefined ? table : concatBytes(table, clinicBytes(chart.clinic), chart.chart);
}

export function untoldKey({ to, below, ...name }: UntoldDrop): Uint8Array {
  return concatBytes(untoldPrefix(name), epochBytes({ ...name, epoch: below }), clinicBytes(to));
}

/** Throws CodecError. */
export function readUntold(key: Uint8Array): UntoldDrop {
  const input = new Reader(key.subarray(1));
  const clinic = input.u16();
  const chart = input.fixed(CHART_BYTES);
  const category = categoryOfByte(input.u8());
  if (category === undefined) throw new CodecError({ code: 'codec.value', field: 'drop.category' });
  const drop = { clinic, chart, category, below: input.u32(), to: input.u16() };
  input.end();
  return drop;
}

/** Everything of emergencies that this clinic has of a chart, for a shred. */
export function escrowPrefixes(chart: EscrowChart): Uint8Array[] {
  return [escrowPrefix(chart), owedPrefix(chart), untoldPrefix(chart)];
}

function epochBytes({ category, epoch }: EscrowName): Uint8Array {
  return new Writer(5).u8(categoryByte(category)).u32(epoch).finish();
}
