// What a patient is shown, in the form of the doors: people by name where this organisation knows them, clinics by name.
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { encodeKeyRow } from '../../records/chart/key-row.ts';
import { clinicOfApplication } from '../../records/consent/application.ts';
import { type Actor, isNarrowed, isOrganisationRuleOff } from '../../records/consent/terms.ts';
import type { MyRecord, MyRequest, MyShare } from '../../rpc/schema/me.ts';
import type { MyAccess, MyNotice } from '../../rpc/schema/my-accesses.ts';
import { representativeKind } from '../../rpc/schema/representative-kind.ts';
import type { ApiKeyStore } from '../access/api-keys/api-keys.ts';
import type { RecordView } from '../charts/reading.ts';
import type { KnownRequest } from '../charts/requests.ts';
import type { Person } from '../people/people-index.ts';
import type { ShownAccess, ShownNotice } from '../vault/my-accesses.ts';
import type { VaultView } from '../vault/my-records.ts';
import type { AttachedPatient } from '../vault/patient-accounts.ts';
import type { ShownShare } from '../vault/shown-share.ts';
import { nameOfAccount } from './account-names.ts';
import type { Views } from './views.ts';

export interface MyViewsModules {
  readonly people: {
    readonly index: { byAccount(account: string): Pick<Person, 'displayName' | 'person'> | undefined };
  };
  readonly views: Pick<Views, 'clinicName'>;
  readonly applications: Pick<ApiKeyStore, 'application'>;
}

export class MyViews {
  private readonly modules: MyViewsModules;

  constructor(modules: MyViewsModules) {
    this.modules = modules;
  }

  clinicName(clinic: number): string | null {
    return this.modules.views.clinicName(clinic);
  }

  name(account: Uint8Array): string | null {
    return nameOfAccount(this.modules.people, toHex(account));
  }

  /** What somebody signs in with, and is called. */
  person(account: Uint8Array): { readonly user: string | null; readonly name: string | null } {
    const known = this.modules.people.index.byAccount(toHex(account));
    return { user: known?.person.name ?? null, name: known?.displayName ?? null };
  }

  record({ manifest, standing }: RecordView): MyRecord {
    const { record, version, amendment, about, written, category, kind, title, mediaType, size, author } = manifest;
    return {
      ...{ record: toHex(record), version, amendment, about: about === undefined ? null : toHex(about) },
      ...{ date: written, category, kind, title, mediaType, size, ...this.place(manifest.clinic) },
      writtenBy: author === undefined ? null : this.who(author, null),
      ...{ status: standing, reason: manifest.reason, mode: 'clinic', cid: null, row: null },
    };
  }

  /** What only the browser opens is null. */
  vaultRecord({ row, standing }: VaultView): MyRecord {
    const { record, version, written, category, cid, clinic } = row;
    return {
      ...{ record: toHex(record), version, amendment: 'original', about: null, date: written, category },
      ...{ kind: null, title: null, mediaType: null, size: null, writtenBy: null, ...this.place(clinic) },
      ...{ status: standing, reason: '', mode: 'vault', cid, row: toHex(encodeKeyRow(row)) },
    };
  }

  request({ object, request, state, at }: KnownRequest): MyRequest {
    const { account, role, clinic, categories, purpose, until, reason } = request;
    const from = { ...this.who(account, role), ...this.place(clinic) };
    return { request: toHex(object), from, categories: [...categories], purpose, until, reason, state, at };
  }

  share({ share, consents, modes, by }: ShownShare): MyShare {
    const [{ terms, ends, status }] = consents;
    const { provision, givenAt } = terms;
    const [actor] = provision.actors;
    return {
      ...{ share: toHex(share), consents: consents.map(({ object }) => toHex(object)), effect: provision.effect },
      ...{ with: this.sharedWith(actor), categories: [...provision.data.categories], modes: [...modes] },
      purposes: provision.purposes.map(({ code }) => code),
      // Of one share all parts end together.
      state: consents.some((one) => one.status === 'active') ? 'active' : status,
      ...{ given: givenAt, ends, by, narrowed: isNarrowed(terms), organisationRuleOff: isOrganisationRuleOff(terms) },
    };
  }

  access({ event, records, names, disputed }: ShownAccess, { account }: AttachedPatient): MyAccess {
    const { number, time, action, outcome, reason, clinic, purpose } = event;
    return {
      ...{ event: number, time, action, purpose, outcome, reason, ...this.place(clinic) },
      who: this.reader(event),
      records: records.map((record, index) => ({
        record: toHex(record),
        category: names[index]?.category ?? null,
        title: names[index]?.title ?? null,
      })),
      own: event.account !== undefined && equalBytes(event.account, account),
      acting: representativeKind.safeParse(reason).data ?? null,
      disputed: disputed ?? null,
    };
  }

  notice({ kind, at, about, account, clinic, text, open, review = null }: ShownNotice): MyNotice {
    const who = account === undefined ? null : this.who(account, null);
    const known = review && { verdict: review.verdict, at: review.at };
    return { ...{ kind, at, about: toHex(about), who, text, open }, review: known, ...this.place(clinic) };
  }

  private sharedWith(actor: Actor | undefined): MyShare['with'] {
    const nobody = { account: null, name: null, role: null, clinic: null, clinicName: null, organisation: null };
    switch (actor?.kind) {
      case 'person':
        return { ...nobody, kind: 'person', account: toHex(actor.account), name: this.name(actor.account) };
      case 'role': {
        const at = actor.clinic === undefined ? {} : this.place(actor.clinic);
        return { ...nobody, kind: 'role', role: actor.role, ...at };
      }
      case 'clinic':
        return { ...nobody, kind: 'clinic', ...this.place(actor.clinic) };
      case 'organisation':
        return { ...nobody, kind: 'organisation', organisation: actor.organisation };
      default:
        return actor === undefined ? { ...nobody, kind: 'application' } : this.application(actor.id);
    }
  }

  /** A person, or an application by what its clinic calls it. */
  private reader({ account, application, roles }: ShownAccess['event']): MyAccess['who'] {
    if (account !== undefined) return this.who(account, roles[0] ?? null);
    if (application === undefined) return null;
    const { account: id, name } = this.application(application);
    return { account: id, name, role: null };
  }

  private application(id: Uint8Array) {
    const account = toHex(id);
    const clinic = clinicOfApplication(id);
    const place = clinic === undefined ? { clinic: null, clinicName: null } : this.place(clinic);
    const name = this.modules.applications.application(account)?.name ?? null;
    return { kind: 'application' as const, account, name, role: null, ...place, organisation: null };
  }

  private who(account: Uint8Array, role: Role | null) {
    return { account: toHex(account), name: this.name(account), role };
  }

  private place(clinic: number) {
    return { clinic, clinicName: this.clinicName(clinic) };
  }
}
