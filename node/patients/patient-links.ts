// Links of patients on the chain: two handles that this clinic takes for one person. Attaches this clinic to both first,
// since nobody links whom it does not treat. Owns no decision: a human confirms, or the same document says so.

import { PATIENTS_LINK, PATIENTS_REGISTER, PATIENTS_UNLINK } from '../../consensus/ledger/kinds.ts';
import { NO_OBJECT } from '../../consensus/ledger/objects.ts';
import { decodeLinkRow, type LinkRow } from '../../consensus/ledger/patients/links/rows.ts';
import {
  encodeLink,
  encodeUnlink,
  type HandlePair,
  linkObject,
  pairOf,
} from '../../consensus/ledger/patients/links/types.ts';
import { decodePatientClinicRow } from '../../consensus/ledger/patients/rows.ts';
import { encodeRegister } from '../../consensus/ledger/patients/types.ts';
import { patientClinicKey, patientLinkKey } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ChainStore } from '../store/ports.ts';

export interface PatientLinksModules {
  readonly store: Pick<ChainStore, 'states'>;
  readonly outbox: Pick<Outbox, 'submit'>;
  readonly author: ClinicAuthor;
  readonly members: Pick<MemberSets, 'current'>;
}

export class PatientLinks {
  private readonly modules: PatientLinksModules;

  constructor(modules: PatientLinksModules) {
    this.modules = modules;
  }

  /** The id of the link; undefined where this clinic has linked them already. Safe on disk when it resolves. */
  async link(one: Uint8Array, other: Uint8Array): Promise<Uint8Array | undefined> {
    const { outbox, author, store } = this.modules;
    const pair = pairOf(one, other);
    const row = await this.row(pair, author.clinic);
    if (row?.linked === true) return undefined;
    const attachments = await store.states(pair.map((handle) => patientClinicKey(handle, author.clinic)));
    const missing = pair.filter((_, i) => {
      const bytes = attachments[i];
      return bytes === undefined || !decodePatientClinicRow(bytes).attached;
    });
    const link = author.make({
      kind: PATIENTS_LINK,
      object: linkObject(pair, author.clinic),
      version: (row?.version ?? 0) + 1,
      payload: encodeLink(pair),
    });
    // In this order: the link counts only where both are attached.
    const attach = missing.length === 0 ? [] : [this.register(missing)];
    await outbox.submit([...attach, link]);
    return link.id;
  }

  /** The id of what takes the link away, whoever made it; undefined where there is none. */
  async unlink(one: Uint8Array, other: Uint8Array): Promise<Uint8Array | undefined> {
    const { outbox, author } = this.modules;
    const pair = pairOf(one, other);
    const row = await this.linked(pair);
    if (row === undefined) return undefined;
    const statement = author.make({
      kind: PATIENTS_UNLINK,
      object: linkObject(pair, row.clinic),
      version: row.version,
      payload: encodeUnlink({ handles: pair, clinic: row.clinic }),
    });
    await outbox.submit([statement]);
    return statement.id;
  }

  /** The link between two, by whichever clinic. */
  async linked(pair: HandlePair): Promise<LinkRow | undefined> {
    const { store, members, author } = this.modules;
    const clinics = members.current.records.map(({ number }) => number);
    const rows = await store.states(clinics.map((clinic) => patientLinkKey(linkObject(pair, clinic))));
    const found = rows.flatMap((bytes) => (bytes === undefined ? [] : [decodeLinkRow(bytes)]));
    const links = found.filter(({ linked }) => linked);
    return links.find(({ clinic }) => clinic === author.clinic) ?? links[0];
  }

  private async row(pair: HandlePair, clinic: ClinicNumber): Promise<LinkRow | undefined> {
    const [bytes] = await this.modules.store.states([patientLinkKey(linkObject(pair, clinic))]);
    return bytes === undefined ? undefined : decodeLinkRow(bytes);
  }

  private register(handles: readonly Uint8Array[]) {
    const payload = encodeRegister(handles);
    return this.modules.author.make({ kind: PATIENTS_REGISTER, object: NO_OBJECT, version: 0, payload });
  }
}
