// The SDK: a clinic's node as a program sees it, in Node and in browsers. Beside the typed client of every method (`rpc`) it
// has what programs would otherwise write again: batches, waiting for the chain, contents as values, takeouts, proofs.
import { fromHex } from '../common/bytes.ts';
import { type AgeRecipient, encryptAge } from '../common/crypto/age.ts';
import { codeOf } from '../common/errors.ts';
import { type ClientModules, type ClientOptions, createClient, type RpcClient } from '../rpc/client.ts';
import type { ParamsIn, Result } from '../rpc/schema/methods.ts';
import { MAX_PATIENTS } from '../rpc/schema/patient.ts';
import { MAX_RECORDS, type RecordEntry } from '../rpc/schema/record.ts';
import { MAX_SUBMIT } from '../rpc/schema/tx.ts';
import { type Content, contentParams } from './content.ts';
import { SdkError } from './errors.ts';

export { RpcError } from '../rpc/client.ts';
export type { Content } from './content.ts';
export { SdkError } from './errors.ts';

/** By identity number or PID. */
export type Patient = ParamsIn<'patient_get'>;
export type NewPatient = ParamsIn<'patient_register'>['patients'][number];
export type RegisteredPatient = Result<'patient_register'>['patients'][number];
export type WrittenRecord = Result<'record_write'>['records'][number];
export type Purpose = NonNullable<ParamsIn<'record_list'>['purpose']>;
export type Chart = Result<'record_list'>['charts'][number];

/** queued: on the node's disk. applied: in a block. final: never to be replaced. */
export type Until = 'queued' | 'applied' | 'final';

export interface ReadRecord {
  readonly record: RecordEntry;
  /** Of a FHIR resource: its text, byte for byte as it was written. */
  readonly text: string | undefined;
  /** Of a document. */
  readonly bytes: Uint8Array | undefined;
}

export interface ReadOptions {
  /** Whose chart; the node's own clinic when absent. */
  readonly clinic?: number;
  /** The newest when absent. */
  readonly version?: number;
  readonly purpose?: Purpose;
}

const LONGEST_WAIT_MS = 10 * 60_000;
/** Of one call. */
const WAIT_MS = 60_000;
const RETRY_MS = 1000;

export class Wardmesh {
  /** Every method of the node, typed. */
  readonly rpc: RpcClient;

  constructor(options: ClientOptions, modules?: ClientModules) {
    this.rpc = createClient(options, modules);
  }

  /** In the order of the patients; whoever is known already is answered as such. Throws RpcError. */
  async register(patients: readonly NewPatient[], until: Until = 'applied'): Promise<RegisteredPatient[]> {
    const registered: RegisteredPatient[] = [];
    for (const batch of batches(patients, MAX_PATIENTS)) {
      registered.push(...(await this.rpc.call('patient_register', { patients: [...batch] })).patients);
    }
    await this.wait(
      registered.flatMap(({ statement }) => statement ?? []),
      until,
    );
    return registered;
  }

  /** FHIR resources and documents into the chart that the node's clinic keeps of a patient. Throws RpcError. */
  async write(patient: Patient, contents: readonly Content[], until: Until = 'applied'): Promise<WrittenRecord[]> {
    const written: WrittenRecord[] = [];
    for (const batch of batches(contents, MAX_RECORDS)) {
      const records = batch.map(contentParams);
      written.push(...(await this.rpc.call('record_write', { ...patient, records })).records);
    }
    await this.wait(
      written.map(({ statement }) => statement),
      until,
    );
    return written;
  }

  /** What every clinic keeps of a patient, as far as the caller may know. Throws RpcError. */
  async charts(patient: Patient, purpose: Purpose = 'TREAT'): Promise<readonly Chart[]> {
    return (await this.rpc.call('record_list', { ...patient, purpose })).charts;
  }

  /** Throws RpcError, `record.refused` among them. */
  async read(patient: Patient, record: string, options: ReadOptions = {}): Promise<ReadRecord> {
    const read = await this.rpc.call('record_read', { ...patient, record, ...options });
    const { resource, bytes } = read;
    return {
      record: read.record,
      text: resource ?? undefined,
      bytes: bytes === null ? undefined : Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0)),
    };
  }

  /** A proof file of a statement, once it is final: `verifiedProof` checks it with no network. Throws RpcError. */
  async proof(statement: string): Promise<Uint8Array> {
    await this.wait([statement], 'final');
    const ends = Date.now() + LONGEST_WAIT_MS;
    for (;;) {
      try {
        return fromHex((await this.rpc.call('chain_getProof', { statement })).proof);
      } catch (error) {
        // A proof rests on a final block that comes after the one of the statement.
        if (codeOf(error) !== 'chain.not-final' || Date.now() > ends) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** Everything that the clinic wrote of a patient, encrypted here: the node never has the passphrase. Throws RpcError. */
  takeout(patient: Patient | 'own', recipient: AgeRecipient, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return encryptAge(recipient, this.rpc.takeout(patient, signal));
  }

  /** Until all stand as far in the chain. Throws RpcError, SdkError. */
  async wait(statements: readonly string[], until: Until): Promise<void> {
    if (until === 'queued') return;
    const ends = Date.now() + LONGEST_WAIT_MS;
    for (const batch of batches(statements, MAX_SUBMIT)) {
      for (let reached = false; !reached; ) {
        const found = await this.rpc.call('tx_wait', { statements: [...batch], until, timeoutMs: WAIT_MS });
        const refused = found.statements.find(({ status }) => status === 'refused');
        if (refused !== undefined) {
          throw new SdkError({ code: 'sdk.refused', statement: refused.id, reason: refused.reason });
        }
        reached = found.reached;
        if (!reached && Date.now() > ends) throw new SdkError({ code: 'sdk.timeout', until });
      }
    }
  }

  close(): void {
    this.rpc.close();
  }
}

function* batches<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
