// Category keys of this clinic's own charts as escrows see them: every one that charts write is put in escrow, every epoch that
// they drop is dropped there. Stands between charts and their database, so that none can be forgotten.
import { concatBytes, toHex } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import type { Logger } from '../../common/logger.ts';
import { clinicBytes } from '../../consensus/ledger/objects.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { type Category, categoryOfByte } from '../../records/category.ts';
import { CHART_TABLES } from '../charts/layout.ts';
import type { KeyRowsDatabase } from '../charts/ports.ts';
import type { LocalWrite } from '../store/local-database.ts';
import type { Escrows, OwnKey } from './escrows.ts';

const HANDLE_BYTES = 32;
const SECRET_KEY_BYTES = 1 + 2 + 32 + 1 + 4;

export interface ChartKeysModules {
  readonly database: KeyRowsDatabase;
  readonly logger: Logger;
}

interface SecretName {
  readonly chart: Uint8Array;
  readonly category: Category;
  readonly epoch: number;
}

export class ChartKeys {
  /** For charts: as the database itself. */
  readonly rows: KeyRowsDatabase;
  private readonly clinic: ClinicNumber;
  private readonly modules: ChartKeysModules;
  private escrows: Escrows | undefined;
  /** Handles of own charts, by the name of the chart. */
  private readonly handles = new Map<string, Uint8Array>();

  constructor(options: { readonly clinic: ClinicNumber }, modules: ChartKeysModules) {
    this.clinic = options.clinic;
    this.modules = modules;
    const { database } = modules;
    this.rows = {
      get: (key) => database.get(key),
      range: (range) => database.range(range),
      batch: async (writes) => {
        await database.batch(writes);
        this.follow(writes);
      },
    };
  }

  /** After the database was opened. */
  async start(escrows: Escrows): Promise<void> {
    for await (const [key, chart] of this.modules.database.range({ prefix: Uint8Array.of(CHART_TABLES.chart) })) {
      this.learn(key, chart);
    }
    this.escrows = escrows;
  }

  stop(): void {
    this.escrows = undefined;
  }

  async *all(): AsyncGenerator<OwnKey> {
    const prefix = concatBytes(Uint8Array.of(CHART_TABLES.secret), clinicBytes(this.clinic));
    for await (const [key, value] of this.modules.database.range({ prefix })) {
      const own = this.ownKey(key, value);
      if (own !== undefined) yield own;
    }
  }

  private follow(writes: readonly LocalWrite[]): void {
    const made: OwnKey[] = [];
    const dropped: SecretName[] = [];
    for (const write of writes) {
      if (write.key[0] === CHART_TABLES.chart && write.type === 'put') this.learn(write.key, write.value);
      if (write.key[0] !== CHART_TABLES.secret) continue;
      if (write.type === 'del') {
        const name = readSecretName(write.key, this.clinic);
        if (name !== undefined) dropped.push(name);
      } else {
        const own = this.ownKey(write.key, write.value);
        if (own !== undefined) made.push(own);
      }
    }
    const { escrows } = this;
    if (escrows === undefined || made.length + dropped.length === 0) return;
    const work = async (): Promise<void> => {
      await escrows.keep(made);
      for (const { chart, category, epoch } of dropped) {
        await escrows.drop({ clinic: this.clinic, chart, category, below: epoch + 1 });
      }
    };
    // What is missed is made at the next start.
    work().catch((error) => this.modules.logger.warn({ err: error }, 'category keys are not all in escrow'));
  }

  private learn(key: Uint8Array, chart: Uint8Array): void {
    const input = new Reader(key.subarray(1));
    const handle = input.fixed(HANDLE_BYTES);
    if (input.u16() === this.clinic) this.handles.set(toHex(chart), handle);
  }

  private ownKey(key: Uint8Array, value: Uint8Array): OwnKey | undefined {
    const name = readSecretName(key, this.clinic);
    const handle = name && this.handles.get(toHex(name.chart));
    return name && handle && { ...name, clinic: this.clinic, handle, key: value };
  }
}

/** Undefined for what is no key of an own chart; consents are for custodians, who have their key. */
function readSecretName(key: Uint8Array, clinic: ClinicNumber): SecretName | undefined {
  if (key.length !== SECRET_KEY_BYTES) return undefined;
  const input = new Reader(key.subarray(1));
  if (input.u16() !== clinic) return undefined;
  const chart = input.fixed(32);
  const category = categoryOfByte(input.u8());
  return category === undefined || category === 'consent' ? undefined : { chart, category, epoch: input.u32() };
}
