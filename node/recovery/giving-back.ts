// Helps a clinic that lost its keys: gives back what is kept here of its own charts, and sends again what it keeps of this
// clinic's. Only the clinic whose charts they are is given anything, over its own connection. Owns pages and order.
import { concatBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import type { Logger } from '../../common/logger.ts';
import { clinicBytes } from '../../consensus/ledger/objects.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import { decodeKeyRow } from '../../records/chart/key-row.ts';
import { decodePacket } from '../../records/chart/packet.ts';
import { decodeSealedTerms } from '../../records/chart/sealed-terms.ts';
import { decodeVaultKey } from '../../records/vault/vault-key.ts';
import { MAX_INLINE_BYTES } from '../charts/key-wire.ts';
import { CHART_TABLES, type ChartRef, chartPrefix } from '../charts/layout.ts';
import type { KeyRowsDatabase } from '../charts/ports.ts';
import { encodeRowItem, type RowItem } from '../charts/rows-wire.ts';
import type { MemberSets } from '../members/member-sets.ts';
import {
  decodeRecoverMessage,
  encodeRecoverAnswer,
  type KeptTable,
  MAX_PAGE_ROWS,
  PAGE_BYTES,
  RECOVER,
  type RecoverAnswer,
} from './wire.ts';

/** A clinic is sent everything again once in this time, however often it asks, ms. */
const RESEND_EVERY_MS = 10 * 60_000;
const ASKERS = 1_000;

export interface GivingBackModules {
  readonly rows: KeyRowsDatabase;
  readonly blobs: Pick<BlobStore, 'stat' | 'get'>;
  readonly members: Pick<MemberSets, 'current'>;
  readonly network: Pick<Network, 'serve'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Everything that this clinic is to keep of the charts here; resolves when it waits to be sent. */
  resend(to: ClinicNumber): Promise<void>;
}

export class GivingBack {
  private readonly modules: GivingBackModules;
  private readonly resent = new BoundedMap<ClinicNumber, number>({ maxEntries: ASKERS });

  constructor(modules: GivingBackModules) {
    this.modules = modules;
    modules.network.serve(RECOVER, (from, request) => this.serve(from, request));
  }

  private async *serve(from: string, request: Uint8Array): AsyncGenerator<Uint8Array> {
    const message = decodeRecoverMessage(request);
    const { members } = this.modules;
    const member = members.current.clinics.find(({ nodeKey }) => peerIdOf(nodeKey) === from);
    if (member === undefined) throw new ProtocolError({ code: 'p2p.unavailable', reason: 'not-admitted' });
    const { number } = member;
    if (message.type === 'lost') this.sendAgain(number);
    const answer: RecoverAnswer =
      message.type === 'lost' ? { type: 'noted' } : await this.page(number, message.table, message.after);
    yield encodeRecoverAnswer(answer);
  }

  private async page(clinic: ClinicNumber, table: KeptTable, after: Uint8Array): Promise<RecoverAnswer> {
    const prefix = concatBytes(Uint8Array.of(CHART_TABLES[table]), clinicBytes(clinic));
    const from = after.length === 0 ? {} : { after: concatBytes(prefix, after) };
    const items: RowItem[] = [];
    let next = new Uint8Array(0);
    let rows = 0;
    let bytes = 0;
    for await (const [key, value] of this.modules.rows.range({ prefix, ...from, limit: MAX_PAGE_ROWS })) {
      const found = await this.itemsOf(table, clinic, value);
      const size = found.reduce((sum, item) => sum + encodeRowItem(item).length + 4, 0);
      if (rows > 0 && bytes + size > PAGE_BYTES) return { type: 'page', next, items };
      items.push(...found);
      bytes += size;
      rows++;
      next = key.slice(prefix.length);
    }
    return { type: 'page', next: rows < MAX_PAGE_ROWS ? new Uint8Array(0) : next, items };
  }

  private async itemsOf(table: KeptTable, clinic: ClinicNumber, value: Uint8Array): Promise<RowItem[]> {
    if (table === 'terms') return [{ type: 'terms', terms: decodeSealedTerms(value) }];
    if (table === 'vaultKey') return [{ type: 'vault-key', key: decodeVaultKey(value) }];
    if (table === 'packet') {
      const packet = decodePacket(value);
      // What others may open is for the clinic to give anew, but of a vault, whose keys it does not have.
      const given = packet.grantee === clinic || (await isVault(this.modules.rows, packet));
      return given ? [{ type: 'packet', packet }] : [];
    }
    const row = decodeKeyRow(value);
    const { blobs } = this.modules;
    const { cid } = row;
    // The size in the row is what its clinic says.
    const blob = cid === '' ? undefined : await blobs.stat(cid);
    if (blob === undefined || blob.size > MAX_INLINE_BYTES) return [{ type: 'row', row }];
    const parts: Uint8Array[] = [];
    for await (const part of blobs.get(cid)) parts.push(part);
    return [
      { type: 'row', row },
      { type: 'blob', cid, bytes: concatBytes(...parts) },
    ];
  }

  private sendAgain(to: ClinicNumber): void {
    const { clock, logger, resend } = this.modules;
    const now = clock.monotonic();
    if (now < (this.resent.get(to) ?? Number.NEGATIVE_INFINITY) + RESEND_EVERY_MS) return;
    this.resent.set(to, now);
    resend(to)
      .then(() => logger.info({ clinic: to }, 'a clinic that lost its keys is sent again what it keeps'))
      .catch((error) => {
        this.resent.delete(to);
        logger.warn({ err: error, clinic: to }, 'what a clinic keeps is not sent to it again');
      });
  }
}

async function isVault(rows: KeyRowsDatabase, ref: ChartRef): Promise<boolean> {
  for await (const _ of rows.range({ prefix: chartPrefix('vaultKey', ref), limit: 1 })) return true;
  return false;
}
