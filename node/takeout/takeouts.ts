// A patient's takeout: everything that this clinic wrote of one patient, opened, with the proofs that the chain was told of
// it, who read it and what the chain says of the patient, as one archive. Written down before the first byte leaves.
import { sha256 } from '#crypto';
import type { Clock } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import { tarEnd, tarFilling, tarHead } from '../../common/tar.ts';
import { genesisHeader } from '../../consensus/chain/genesis-block.ts';
import { blockId } from '../../consensus/chain/header.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import { decodeAddendumRow, decodeRecordRow } from '../../consensus/ledger/records/rows.ts';
import { addendumKey, personKey, recordKey } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { MAX_EVENT_RECORDS } from '../../records/audit/event.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import { endingOf } from '../../records/blobs/media-type.ts';
import { CATEGORIES } from '../../records/category.ts';
import { type KeyRow, openDataKey, openManifest } from '../../records/chart/key-row.ts';
import type { Manifest } from '../../records/chart/manifest.ts';
import { PREFIX_BYTES } from '../../records/envelope/layout.ts';
import { openEnvelope } from '../../records/envelope/open.ts';
import { keyProofFile, MAX_KEY_PROOFS, signingKeys } from '../../records/takeout/authors.ts';
import {
  encodeListing,
  FINAL_FILE,
  LISTING_FILE,
  type Listing,
  SIGNATURE_FILE,
  signListing,
  type TakeoutRecord,
} from '../../records/takeout/listing.ts';
import { encodeTakeoutVault, envelopeFile, type TakeoutVault, VAULT_FILE } from '../../records/takeout/vault-part.ts';
import type { CallContext, Handlers, TakeoutStream } from '../../rpc/ports.ts';
import type { Charts } from '../charts/charts.ts';
import { ChartError } from '../charts/errors.ts';
import { type AccessLogPort, accessOf } from '../charts/ports.ts';
import { type About, type ChartPatients, type Lookup, personOf } from '../services/chart-patients.ts';
import type { MeCallers } from '../services/me-callers.ts';
import type { Views } from '../services/views.ts';
import type { ChainStore, Provable } from '../store/ports.ts';
import { personOf as actingPerson } from '../vault/acting.ts';
import { MeError } from '../vault/errors.ts';
import { readMe } from './read-me.ts';

export interface TakeoutsOptions {
  readonly genesis: Genesis;
  readonly genesisId: Uint8Array;
  readonly clinic: { readonly number: ClinicNumber; readonly name: string };
  readonly nodeSeed: Uint8Array;
}

export interface TakeoutsModules {
  readonly charts: Pick<Charts, 'store' | 'writing'>;
  readonly blobs: Pick<BlobStore, 'get' | 'stat'>;
  readonly chain: Pick<ChainStore, 'states' | 'prove'>;
  readonly patients: Pick<ChartPatients, 'treated'>;
  readonly callers: Pick<MeCallers, 'of'>;
  readonly handlers: Pick<Handlers, 'audit_disclosures' | 'patient_history' | 'patient_get'>;
  readonly log: AccessLogPort;
  readonly views: Pick<Views, 'clinicName'>;
  readonly clock: Clock;
}

/** A record as it goes into the archive, and what its content is opened with. */
interface Packed {
  readonly record: TakeoutRecord;
  readonly row: KeyRow;
  readonly dataKey: Uint8Array;
}

const ACCESSES_FILE = 'accesses.ndjson';
const HISTORY_FILE = 'history.json';
const READ_ME_FILE = 'README.txt';
/** Newest access events that go along. */
const MAX_TAKEOUT_EVENTS = 10_000;
const EVENTS_PAGE = 500;
const UNPROVABLE: ReadonlySet<string> = new Set(['store.not-final', 'store.not-kept', 'store.too-far']);

export class Takeouts implements TakeoutStream {
  private readonly options: TakeoutsOptions;
  private readonly modules: TakeoutsModules;

  constructor(options: TakeoutsOptions, modules: TakeoutsModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Throws IdentifierError, ChartError `record.no-relation`. What cannot be read later on cuts the stream short. */
  async open(lookup: Lookup, context: CallContext): Promise<AsyncIterable<Uint8Array>> {
    return this.make(await this.modules.patients.treated(lookup, context), 'custody', context);
  }

  /**
   * Of the patient whose account it is, or of a child by who is its guardian. Not by who was chosen to act: what is in a takeout
   * opens ciphertexts when acting is over. Throws MeError `me.not-attached`, `me.not-hers`, RepresentativeError.
   */
  async openOwn(context: CallContext, actingFor: string | undefined): Promise<AsyncIterable<Uint8Array>> {
    const patient = await this.modules.callers.of(context, actingFor);
    if (patient.acting?.kind === 'delegate') throw new MeError({ code: 'me.not-hers' });
    const person = patient.acting === undefined ? personOf(context) : actingPerson(patient);
    return this.make({ ...patient, person }, patient.acting === undefined ? 'patient' : 'guardian', context);
  }

  private async make(
    { pid, handle, person }: About,
    reason: 'custody' | 'patient' | 'guardian',
    context: CallContext,
  ): Promise<AsyncIterable<Uint8Array>> {
    const { charts, log, clock, chain } = this.modules;
    const { genesis, genesisId, clinic } = this.options;
    // Before the proofs of keys: what they show counts only where they lead no less far.
    const anchor = await chain.prove({ type: 'block', id: blockId(genesisHeader(genesis)) });
    if (anchor === undefined) throw new ChartError({ code: 'record.damaged' });
    const rows: KeyRow[] = [];
    for await (const row of charts.store.rows(charts.writing.ref(pid, handle))) rows.push(row);
    rows.sort((a, b) => a.written - b.written || a.version - b.version);
    const proofs = new Map<string, Uint8Array>();
    const packed: Packed[] = [];
    for (const row of rows) packed.push(await this.pack(row, packed.length + 1, proofs));
    // What stands in a vault is its owner's alone.
    const vault = reason === 'guardian' ? noVault(this.options.clinic.number) : await this.vault(handle);
    for (const records of batches([...rows, ...vault.rows].map(({ record }) => record))) {
      const access = accessOf({ clinic: clinic.number }, person, handle, reason === 'guardian' ? 'FAMRQT' : 'PATRQT');
      await log.append({ ...access, action: 'read', reason, records });
    }
    const elsewhere = (await this.modules.handlers.patient_get({ patient: pid }, context)).clinics
      .filter((other) => other !== clinic.number)
      .map((number) => ({ number, name: this.nameOf(number) }));
    const about = { network: genesis.network, genesisId, clinic, made: clock.now(), patient: pid, elsewhere };
    const records = packed.map(({ record }) => record);
    const others = [
      ...(await this.others({ ...about, records, files: [] }, vault, context)),
      ...(await this.keyProofs(records)),
    ];
    const files = others.map(({ name, bytes }) => ({ file: name, sha256: sha256(bytes) }));
    files.push(...[...vault.cids].map(envelopeFile));
    return this.stream(
      { ...about, records, files },
      packed,
      [{ name: FINAL_FILE, bytes: anchor }, ...entriesOf(proofs), ...others],
      vault,
    );
  }

  /** The vault of the patient's account now, as it is kept here. */
  private async vault(handle: Uint8Array): Promise<TakeoutVault> {
    const { charts, blobs } = this.modules;
    const { number: clinic } = this.options.clinic;
    const chart = await charts.store.vaultOf(handle, clinic);
    if (chart === undefined) return noVault(clinic);
    const keys: TakeoutVault['keys'][number][] = [];
    for (const category of CATEGORIES) {
      for (const key of await charts.store.vaultKeys({ clinic, chart }, category)) keys.push({ category, ...key });
    }
    const rows: KeyRow[] = [];
    const cids = new Set<string>();
    for await (const row of charts.store.rows({ clinic, chart })) {
      rows.push(row);
      if (row.cid !== '' && (await blobs.stat(row.cid)) !== undefined) cids.add(row.cid);
    }
    return { clinic, chart, keys, rows, cids };
  }

  private async *stream(
    listing: Listing,
    packed: readonly Packed[],
    /** The proof of the final block first. */
    others: readonly { readonly name: string; readonly bytes: Uint8Array }[],
    vault: TakeoutVault,
  ): AsyncGenerator<Uint8Array> {
    const { made } = listing;
    const text = encodeListing(listing);
    yield* inTar(LISTING_FILE, text, made);
    yield* inTar(SIGNATURE_FILE, signListing(text, listing, this.options.nodeSeed), made);
    for (const { name, bytes } of others) yield* inTar(name, bytes, made);
    for (const { record, row, dataKey } of packed) {
      if (record.content === undefined) continue;
      yield tarHead(record.content.file, record.manifest.size, made);
      yield* (await openEnvelope(dataKey, this.modules.blobs.get(row.cid))).content;
      yield tarFilling(record.manifest.size);
    }
    for (const { file, cid, size } of sizedEnvelopes(vault)) {
      yield tarHead(file, size, made);
      yield* this.modules.blobs.get(cid);
      yield tarFilling(size);
    }
    yield tarEnd();
  }

  private async pack(listed: KeyRow, number: number, proofs: Map<string, Uint8Array>): Promise<Packed> {
    const { charts, blobs, chain } = this.modules;
    const opening = await charts.store.opening(listed);
    if (opening === undefined) throw new ChartError({ code: 'record.damaged' });
    const { row, key } = opening;
    const { manifest, salt } = openManifest(row, key);
    const dataKey = openDataKey(row, key);
    const [told, addendum] = await chain.states([recordKey(row.record), addendumKey(row.record)]);
    const known = told === undefined ? addendum && decodeAddendumRow(addendum) : decodeRecordRow(told);
    const statement = known && statementOf(manifest, known);
    const proof = statement && (await this.proof(statement, proofs));
    const here = row.cid !== '' && (await blobs.stat(row.cid)) !== undefined;
    const file = `records/${String(number).padStart(6, '0')}-v${row.version}.${endingOf(manifest.mediaType)}`;
    const content = here ? { file, dataKey, prefix: await this.prefix(row.cid) } : undefined;
    const standing =
      known === undefined || manifest.version > known.version
        ? 'pending'
        : known.live
          ? 'standing'
          : ('entered-in-error' as const);
    return { record: { manifest, salt, standing, content, proof }, row, dataKey };
  }

  /** One proof file for each statement, however many records it told of. */
  private async proof(statement: Uint8Array, proofs: Map<string, Uint8Array>): Promise<string | undefined> {
    const name = `proofs/${Buffer.from(statement.subarray(0, 12)).toString('hex')}.proof`;
    if (proofs.has(name)) return name;
    const bytes = await this.proven({ type: 'statement', id: statement });
    if (bytes === undefined) return undefined;
    proofs.set(name, bytes);
    return name;
  }

  /** What the chain has of the device keys that signed, as far as it can be proven now. */
  private async keyProofs(records: readonly TakeoutRecord[]) {
    const found: { readonly name: string; readonly bytes: Uint8Array }[] = [];
    for (const key of signingKeys(records).slice(0, MAX_KEY_PROOFS)) {
      const bytes = await this.proven({ type: 'state', key: personKey(key) });
      if (bytes !== undefined) found.push({ name: keyProofFile(key), bytes });
    }
    return found;
  }

  /** Undefined also for what is in no final block yet, or not kept any more. */
  private async proven(what: Provable): Promise<Uint8Array | undefined> {
    try {
      return await this.modules.chain.prove(what);
    } catch (error) {
      if (UNPROVABLE.has(codeOf(error) ?? '')) return undefined;
      throw error;
    }
  }

  private async prefix(cid: string): Promise<Uint8Array> {
    const prefix = new Uint8Array(PREFIX_BYTES);
    let at = 0;
    for await (const part of this.modules.blobs.get(cid, { offset: 0, length: PREFIX_BYTES })) {
      prefix.set(part, at);
      at += part.length;
    }
    return prefix;
  }

  private async others(listing: Listing, vault: TakeoutVault, context: CallContext) {
    const utf8 = new TextEncoder();
    const history = await this.modules.handlers.patient_history({ patient: listing.patient }, context);
    return [
      { name: READ_ME_FILE, bytes: utf8.encode(readMe(listing, vault.rows.length)) },
      ...(vault.rows.length === 0 ? [] : [{ name: VAULT_FILE, bytes: encodeTakeoutVault(vault) }]),
      { name: HISTORY_FILE, bytes: utf8.encode(`${JSON.stringify(history, undefined, 1)}\n`) },
      { name: ACCESSES_FILE, bytes: utf8.encode(await this.accesses(listing.patient, context)) },
    ];
  }

  /** Who read what, newest first, as FHIR AuditEvent. */
  private async accesses(patient: string, context: CallContext): Promise<string> {
    let ndjson = '';
    let after: number | undefined;
    for (let seen = 0; seen < MAX_TAKEOUT_EVENTS; seen += EVENTS_PAGE) {
      const page = await this.modules.handlers.audit_disclosures({ patient, limit: EVENTS_PAGE, after }, context);
      ndjson += page.ndjson;
      if (page.next === null) break;
      after = page.next;
    }
    return ndjson;
  }

  private nameOf(clinic: ClinicNumber): string {
    return this.modules.views.clinicName(clinic) ?? `clinic ${clinic}`;
  }
}

function noVault(clinic: ClinicNumber): TakeoutVault {
  return { clinic, chart: new Uint8Array(32), keys: [], rows: [], cids: new Set() };
}

/** The statement that the chain keeps of a version: the first or the newest; those between made way. */
function statementOf(
  { version, amendment }: Manifest,
  row: { readonly version: number; readonly created: Uint8Array; readonly latest: Uint8Array },
): Uint8Array | undefined {
  if (version === 1 || amendment === 'addendum') return row.created;
  return version === row.version ? row.latest : undefined;
}

function* inTar(name: string, bytes: Uint8Array, made: number): Generator<Uint8Array> {
  yield tarHead(name, bytes.length, made);
  yield bytes;
  yield tarFilling(bytes.length);
}

function entriesOf(proofs: ReadonlyMap<string, Uint8Array>) {
  return [...proofs].map(([name, bytes]) => ({ name, bytes }));
}

/** At least one: that there was nothing is an answer too. */
function batches(records: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const count = Math.max(1, Math.ceil(records.length / MAX_EVENT_RECORDS));
  return Array.from({ length: count }, (_, n) => records.slice(n * MAX_EVENT_RECORDS, (n + 1) * MAX_EVENT_RECORDS));
}

/** Each once, whatever rows name it. */
function sizedEnvelopes({ rows, cids }: TakeoutVault) {
  const sizes = new Map(rows.map(({ cid, size }) => [cid, size]));
  return [...cids].map((cid) => ({ cid, size: sizes.get(cid) ?? 0, file: envelopeFile(cid).file }));
}
