// me_*: sharing and the vault at the doors: bytes become rows and packets, words are taken to whoever checks them. Decisions are
// node/vault.
import { fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { decodeKeyRow, type KeyRow } from '../../records/chart/key-row.ts';
import { decodePacket, type Packet } from '../../records/chart/packet.ts';
import { recipientOf } from '../../records/consent/actor.ts';
import { patientScopes, scopesReadAnything } from '../../records/consent/smart-scopes.ts';
import type { Principal } from '../../rpc/access/principal.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Params } from '../../rpc/schema/methods.ts';
import type { ApiKeyStore } from '../access/api-keys/api-keys.ts';
import type { HybridKeys } from '../charts/hybrid-keys.ts';
import type { TakenOver } from '../charts/taken-over.ts';
import type { MemberSets } from '../members/member-sets.ts';
import { MeError } from '../vault/errors.ts';
import type { GivenWord, MySharing, VaultPart } from '../vault/my-sharing.ts';
import type { VaultCharts } from '../vault/vault-charts.ts';
import type { ChainReader } from './chain-reader.ts';
import type { MeCallers } from './me-callers.ts';
import type { MyViews } from './my-views.ts';

export type MySharingHandlers = Pick<
  Handlers,
  | 'me_vault'
  | 'me_recordAdd'
  | 'me_requests'
  | 'me_applications'
  | 'me_recipients'
  | 'me_answer'
  | 'me_sharing'
  | 'me_share'
  | 'me_stop'
  | 'me_branches'
  | 'me_rekey'
>;

export interface MySharingServiceModules {
  readonly callers: MeCallers;
  readonly vault: VaultCharts;
  readonly sharing: MySharing;
  readonly views: MyViews;
  readonly members: Pick<MemberSets, 'current'>;
  readonly reader: Pick<ChainReader, 'standing'>;
  readonly takenOver: Pick<TakenOver, 'of'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly hybrid: Pick<HybridKeys, 'of'>;
  /** Keys with which applications call. */
  readonly applications: Pick<ApiKeyStore, 'list' | 'stateOf' | 'applicationOf'>;
  /** Keeps what the caller uploaded, sealed as it is, from here on; whether it was not kept before. Throws UploadError. */
  takeUpload(principal: Principal, cid: string, size: number): Promise<boolean>;
  /** Of what was taken nothing stays that no row names. */
  dropUpload(cid: string): Promise<void>;
}

const NO_CHART = new Uint8Array(32);

export function mySharingService({
  callers,
  vault,
  sharing,
  views,
  members,
  reader,
  takenOver: authorities,
  clock,
  hybrid,
  applications,
  takeUpload,
  dropUpload,
}: MySharingServiceModules): MySharingHandlers {
  return {
    me_vault: async ({ actingFor: named }, context) => {
      const patient = await callers.of(context, named);
      const ref = patient.acting === undefined ? vault.ref(patient) : undefined;
      const grants = ref === undefined ? [] : await sharing.vaultGrants(ref);
      const { clinics } = members.current;
      const authority = await authorities.of(patient.handle);
      const names = { handle: toHex(patient.handle), account: toHex(patient.account) };
      return {
        ...{ clinic: vault.clinic, own: ref !== undefined, now: clock.now(), ...names },
        authority: authority === undefined ? null : { takeOver: toHex(authority.takeOver), key: toHex(authority.key) },
        chart: toHex(ref?.chart ?? NO_CHART),
        keys: (ref === undefined ? [] : await vault.keys(ref)).map(({ category, epoch, sealed }) => ({
          category,
          epoch,
          sealed: toHex(sealed),
        })),
        rekey: ref === undefined ? [] : await vault.due(ref, grants),
        grants: grants.map(({ object, categories, purposes, ends, clinics: numbers }) => ({
          ...{ grant: toHex(object), ends, clinics: [...numbers] },
          ...{ categories: [...categories], purposes: [...purposes] },
        })),
        clinics: clinics.map(({ number, organisation, encryptionKey }) => {
          const hybridKey = hybrid.of(number, encryptionKey);
          return {
            ...{ clinic: number, clinicName: views.clinicName(number), organisation },
            encryptionKey: toHex(encryptionKey),
            hybridKey: hybridKey === undefined ? null : toHex(hybridKey),
          };
        }),
      };
    },

    me_recordAdd: async ({ salt, row, commitment, newKey, packets }, context) => {
      const ref = vault.ref(await callers.of(context, undefined));
      const made = rowOf(row);
      let taken = false;
      const given = {
        ...{ salt: fromHex(salt), row: made, commitment: fromHex(commitment) },
        newKey: newKey === undefined ? undefined : fromHex(newKey),
        packets: packets.map(packetOf),
        take: async () => {
          taken = await takeUpload(context.principal, made.cid, made.size);
        },
      };
      const adding = vault.add(ref, await sharing.vaultGrants(ref), given);
      const { record, statement } = await adding.catch(async (error) => {
        if (taken) await dropUpload(made.cid);
        throw error;
      });
      const { status } = await reader.standing(statement);
      const known = status === 'unknown' ? 'queued' : status;
      return { record: toHex(record), version: 1, statement: toHex(statement), status: known };
    },

    me_rekey: async ({ category, epoch, newKey, rows, packets }, context) => {
      const ref = vault.ref(await callers.of(context, undefined));
      const { left } = await vault.rekey(ref, await sharing.vaultGrants(ref), {
        ...{ category, epoch, sealed: fromHex(newKey), rows: rows.map(rowOf), packets: packets.map(packetOf) },
      });
      return { epoch, left };
    },

    me_requests: async ({ actingFor: named, state }, context) => {
      const all = await sharing.requests(await callers.of(context, named));
      const found = all.filter((one) => state === undefined || one.state === state);
      return { requests: found.map((one) => views.request(one)) };
    },

    me_applications: async (_, context) => {
      await callers.of(context, undefined);
      return {
        applications: applications.list().flatMap((key) => {
          const scopes = patientScopes(key.scopes).filter((scope) => scopesReadAnything([scope]));
          if (scopes.length === 0 || applications.stateOf(key) !== 'active') return [];
          return [{ application: applications.applicationOf(key), name: key.name, scopes }];
        }),
      };
    },

    me_recipients: async ({ actingFor: named, to }, context) => {
      await callers.of(context, named);
      return { clinics: await sharing.recipients(recipientOf(to)) };
    },

    me_answer: async ({ actingFor: named, request, allow, word, vault: part }, context) => {
      const patient = await callers.of(context, named);
      const share = await sharing.answer(patient, fromHex(request), allow, wordOf(word), partOf(part));
      return { share: share === undefined ? null : toHex(share), state: allow ? 'granted' : 'denied' };
    },

    me_sharing: async ({ actingFor: named }, context) => {
      const patient = await callers.of(context, named);
      const shares = await sharing.shares(patient);
      const branches = (await sharing.branches(patient)) ?? null;
      const takenOver = (await authorities.of(patient.handle)) !== undefined;
      return { shares: shares.map((one) => views.share(one)), branches, takenOver };
    },

    me_share: async ({ actingFor: named, effect, to, categories, purposes, until, word, vault: part }, context) => {
      const patient = await callers.of(context, named);
      const terms = { actor: recipientOf(to), categories, purposes, until };
      if (effect === 'deny') return { share: toHex(await sharing.deny(patient, terms, wordOf(word))) };
      return { share: toHex(await sharing.share(patient, terms, wordOf(word), partOf(part))) };
    },

    me_branches: async ({ actingFor: named, read, word }, context) => {
      const patient = await callers.of(context, named);
      await sharing.setBranches(patient, read, wordOf(word));
      return { branches: (await sharing.branches(patient)) ?? null };
    },

    me_stop: async ({ actingFor: named, share, word }, context) => {
      const patient = await callers.of(context, named);
      const { whole, rekey } = await sharing.stop(patient, fromHex(share), wordOf(word));
      return { stopped: whole, rekey: [...rekey] };
    },
  };
}

export function wordOf({ key, at, signature }: Params<'me_stop'>['word']): GivenWord {
  return { key: fromHex(key), at, signature: fromHex(signature) };
}

function partOf(part: Params<'me_share'>['vault']): VaultPart | undefined {
  return part === undefined ? undefined : { salt: fromHex(part.salt), packets: part.packets.map(packetOf) };
}

function rowOf(hex: string): KeyRow {
  return decoded('row', () => decodeKeyRow(fromHex(hex)));
}

function packetOf(hex: string): Packet {
  return decoded('packets', () => decodePacket(fromHex(hex)));
}

function decoded<T>(field: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof CodecError) throw new MeError({ code: 'me.vault', field });
    throw error;
  }
}
