// Which rows of the database of key rows a backup holds: those of this clinic's own charts, none of others' custody, no
// escrow, and of packets those of patients' vaults. A category key only where it lies nowhere else: what custodians keep sealed for this clinic comes back
// from them, so that an erasure reaches every backup (design section 8). Owns the choice; where the rows go is key-backup.ts.
import { compareBytes, toHex } from '../../common/bytes.ts';
import { clinicBytes } from '../../consensus/ledger/objects.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { categoryByte } from '../../records/category.ts';
import { CUSTODIANS } from '../../records/chart/custodians.ts';
import { CHART_TABLES } from '../charts/layout.ts';
import { decodeRowItem } from '../charts/rows-wire.ts';
import type { Row } from '../store/kv.ts';

const CHART_AT = 3;
const CATEGORY_AT = CHART_AT + 32;
const HANDLE_BYTES = 32;
const CLINIC_BYTES = 2;
const CONSENT = categoryByte('consent');

/** Begin with clinic and chart. */
const OF_OWN_CHARTS: readonly number[] = [
  CHART_TABLES.row,
  CHART_TABLES.terms,
  CHART_TABLES.pending,
  CHART_TABLES.known,
  CHART_TABLES.vaultKey,
  CHART_TABLES.custody,
];
/** Begin with handle and clinic. */
const OF_PATIENTS: readonly number[] = [CHART_TABLES.chart, CHART_TABLES.vault, CHART_TABLES.vaults];
const WHOLE: readonly number[] = [CHART_TABLES.request, CHART_TABLES.given, CHART_TABLES.untidy];

/** `rows` as of one moment, in the order of their keys. `vaults`: charts whose keys patients have, in hex. */
export async function* ownRows(
  rows: AsyncIterable<Row>,
  clinic: ClinicNumber,
  vaults: ReadonlySet<string>,
): AsyncGenerator<Row> {
  const keys = new HeldKeys(clinic);
  for await (const [key, value] of rows) {
    const [table] = key;
    const own = compareBytes(key.subarray(1, CHART_AT), clinicBytes(clinic)) === 0;
    if (WHOLE.includes(table)) yield [key, value];
    else if (OF_OWN_CHARTS.includes(table) && own) {
      yield [key, value];
      if (table === CHART_TABLES.custody) yield* keys.upTo(key, value);
    } else if (OF_PATIENTS.includes(table)) {
      const at = 1 + HANDLE_BYTES;
      if (compareBytes(key.subarray(at, at + CLINIC_BYTES), clinicBytes(clinic)) === 0) yield [key, value];
    } else if (table === CHART_TABLES.packet && own) {
      // No key here makes them again.
      if (vaults.has(toHex(key.subarray(CHART_AT, CATEGORY_AT)))) yield [key, value];
    } else if (table === CHART_TABLES.secret && own) keys.hold(key, value);
    else if (table === CHART_TABLES.queue) keys.waits(value);
  }
  yield* keys.rest();
}

/**
 * Category keys until it is known who else has them: what waits for custodians stands after the keys in the order of tables,
 * who the custodians are after that, by charts in the order of the keys.
 */
class HeldKeys {
  private readonly clinic: ClinicNumber;
  private readonly held: Row[] = [];
  private next = 0;
  /** Categories of charts whose key is not with every custodian yet. */
  private readonly waiting = new Set<string>();
  private chart: Uint8Array | undefined;
  /** Of that chart: how many keep each category. */
  private keepers = new Map<number, Set<number>>();

  constructor(clinic: ClinicNumber) {
    this.clinic = clinic;
  }

  hold(key: Uint8Array, value: Uint8Array): void {
    this.held.push([key, value]);
  }

  waits(queued: Uint8Array): void {
    const item = decodeRowItem(queued);
    if (item.type !== 'packet' || item.packet.grantee !== this.clinic) return;
    this.waiting.add(`${toHex(item.packet.chart)}/${categoryByte(item.packet.category)}`);
  }

  /** A row of custody: keys of the charts before it are decided. */
  *upTo(key: Uint8Array, custodians: Uint8Array): Generator<Row> {
    const chart = key.slice(CHART_AT, CATEGORY_AT);
    if (this.chart === undefined || compareBytes(this.chart, chart) !== 0) {
      yield* this.decide(chart);
      this.chart = chart;
      this.keepers = new Map();
    }
    const numbers = new Set<number>();
    for (let at = 0; at < custodians.length; at += 2) numbers.add((custodians[at] << 8) | custodians[at + 1]);
    this.keepers.set(key[CATEGORY_AT], numbers);
  }

  *rest(): Generator<Row> {
    yield* this.decide(undefined);
  }

  private *decide(before: Uint8Array | undefined): Generator<Row> {
    for (; this.next < this.held.length; this.next++) {
      const [key, value] = this.held[this.next];
      const chart = key.subarray(CHART_AT, CATEGORY_AT);
      if (before !== undefined && compareBytes(chart, before) >= 0) return;
      if (!this.isElsewhere(chart, key[CATEGORY_AT])) yield [key, value];
    }
  }

  private isElsewhere(chart: Uint8Array, category: number): boolean {
    if (this.chart === undefined || compareBytes(chart, this.chart) !== 0) return false;
    if (this.waiting.has(`${toHex(chart)}/${category}`)) return false;
    // Whoever keeps any category of a chart has its consents.
    const keepers =
      category === CONSENT
        ? new Set([...this.keepers.values()].flatMap((numbers) => [...numbers]))
        : this.keepers.get(category);
    return (keepers?.size ?? 0) >= CUSTODIANS;
  }
}
