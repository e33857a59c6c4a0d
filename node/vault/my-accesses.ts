// What a patient is told of others: who read, wrote or was refused what here and why, what waits for her, and what she said looks
// wrong. Owns nothing of the record of accesses itself.
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { MyNotice } from '../../rpc/schema/my-accesses.ts';
import type { ClinicAccessEvents, RecordedEvent } from '../audit/access-events.ts';
import type { AccessLogPort } from '../charts/ports.ts';
import type { KnownRequest } from '../charts/requests.ts';
import type { Emergencies } from '../emergency/emergencies.ts';
import type { Representatives } from '../representatives/representatives.ts';
import type { TakeOvers } from '../take-over/take-overs.ts';
import { accessBy } from './acting.ts';
import { MeError } from './errors.ts';
import type { MyRecords, RecordName } from './my-records.ts';
import type { MySharing } from './my-sharing.ts';
import type { AttachedPatient } from './patient-accounts.ts';
import { MAX_WORDS, type PatientWords } from './patient-words.ts';

/** How long before its end a share is told of, and after it was said that somebody acts for her. */
const SOON_MS = 7 * 86_400_000;

/** That she is told of at once, those that can come to their end first; her page of them shows more. */
const MAX_TAKE_OVERS = 8;

export interface MyAccessesModules {
  readonly events: Pick<ClinicAccessEvents, 'list' | 'get'>;
  readonly emergencies: Pick<Emergencies, 'list' | 'isOpen'>;
  readonly records: MyRecords;
  readonly sharing: MySharing;
  readonly words: PatientWords;
  readonly representatives: Pick<Representatives, 'ofPatient'>;
  readonly takeOvers: Pick<TakeOvers, 'ofPatient'>;
  /** ms, when the block of a statement was made. */
  madeAt(statement: Uint8Array): Promise<number | undefined>;
  readonly log: AccessLogPort;
  readonly clock: Pick<Clock, 'now'>;
}

export interface ShownAccess extends RecordedEvent {
  /** What it was about, as far as it is still there. */
  readonly names: readonly (RecordName | undefined)[];
  /** ms, when she said that it looks wrong. */
  readonly disputed: number | undefined;
}

export interface ShownNotice {
  readonly kind: MyNotice['kind'];
  readonly at: number;
  readonly about: Uint8Array;
  readonly account: Uint8Array | undefined;
  readonly clinic: ClinicNumber;
  readonly text: string;
  readonly open: boolean;
  readonly review?: MyNotice['review'];
}

export class MyAccesses {
  private readonly options: { readonly clinic: ClinicNumber };
  private readonly modules: MyAccessesModules;

  constructor(options: { readonly clinic: ClinicNumber }, modules: MyAccessesModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Newest first. */
  async list(
    patient: AttachedPatient,
    limit: number,
    after: number | undefined,
  ): Promise<{ readonly events: readonly ShownAccess[]; readonly next: number | null }> {
    const { events, records, words } = this.modules;
    const page = await events.list({ handle: patient.handle }, limit, after);
    const names = await records.names(patient);
    const disputes = new Map((await words.disputes(patient.handle)).map(({ event, at }) => [event, at]));
    return {
      next: page.next,
      events: page.events.map((one) => ({
        ...one,
        names: one.records.map((record) => names.get(toHex(record))),
        disputed: disputes.get(one.event.number),
      })),
    };
  }

  /** Reading the list is reading too. */
  async noteLogRead(patient: AttachedPatient): Promise<void> {
    await this.modules.log.append({ ...accessBy(this.options, patient), action: 'log-read', records: [] });
  }

  /** ms. Throws MeError `me.unknown-event`. */
  async dispute({ account, handle }: AttachedPatient, event: number, text: string): Promise<number> {
    const { events, words, clock } = this.modules;
    const kept = await events.get(event);
    if (kept === undefined || !equalBytes(kept.handle, handle)) throw new MeError({ code: 'me.unknown-event' });
    const before = await words.disputes(handle);
    if (before.length >= MAX_WORDS && !before.some((one) => one.event === event)) {
      throw new MeError({ code: 'me.full', limit: MAX_WORDS });
    }
    const at = clock.now();
    await words.keepDispute({ handle, account, event, at, text });
    return at;
  }

  async openRequests(patient: AttachedPatient): Promise<readonly KnownRequest[]> {
    return (await this.modules.sharing.requests(patient)).filter(({ state }) => state === 'open');
  }

  /** By which something may be read; what shuts somebody out is none. */
  async activeShares(patient: AttachedPatient): Promise<number> {
    const shares = await this.modules.sharing.shares(patient);
    return shares.filter(({ consents }) =>
      consents.some(({ status, terms }) => status === 'active' && terms.provision.effect === 'permit'),
    ).length;
  }

  /** Newest first. */
  async notices(patient: AttachedPatient): Promise<ShownNotice[]> {
    const { emergencies, sharing, representatives, takeOvers, clock } = this.modules;
    const now = clock.now();
    const notices: ShownNotice[] = [];
    for (const { object, request, state, at } of await sharing.requests(patient)) {
      const { account, clinic, reason } = request;
      notices.push({ kind: 'request', at, about: object, account, clinic, text: reason, open: state === 'open' });
    }
    for (const known of emergencies.list()) {
      const { review, signed } = known;
      const { request } = signed;
      if (!equalBytes(request.handle, patient.handle)) continue;
      const { opened: at, account, clinic, reason: text } = request;
      notices.push({
        ...{ kind: 'emergency', at, about: known.object, account, clinic, text, open: emergencies.isOpen(known) },
        review,
      });
    }
    for (const { share, consents } of await sharing.shares(patient)) {
      const live = consents.find(({ status, ends, terms }) => {
        return status === 'active' && ends - now < SOON_MS && terms.provision.effect === 'permit';
      });
      if (live === undefined) continue;
      const [actor] = live.terms.provision.actors;
      const account = actor?.kind === 'person' ? actor.account : undefined;
      const clinic = actor?.kind === 'clinic' ? actor.clinic : this.options.clinic;
      notices.push({ kind: 'share-ending', at: live.ends, about: share, account, clinic, text: '', open: true });
    }
    const { views } = await takeOvers.ofPatient(patient.handle, MAX_TAKE_OVERS);
    for (const { takeOver: about, row } of views) {
      if (!row.live) continue;
      const at = (await this.modules.madeAt(row.created)) ?? now;
      const { clinic } = this.options;
      notices.push({ kind: 'take-over', at, about, account: undefined, clinic, text: '', open: true });
    }
    for (const one of await representatives.ofPatient(patient.handle)) {
      const { id: about, account, kind: text, state, from, ends, ended } = one;
      const open = state === 'acts' && now - from < SOON_MS;
      const { clinic } = this.options;
      notices.push({ ...{ kind: 'representative', about, account, clinic, text }, at: from, open });
      if (state !== 'ended' && state !== 'over') continue;
      const at = ended?.at ?? ends;
      notices.push({ ...{ kind: 'representative-ended', about, account, clinic, text }, at, open: false });
    }
    return notices.sort((a, b) => b.at - a.at);
  }
}
