// me_erasure* and the clinic's answers: a patient, or a guardian for her, asks to be erased here, somebody of the clinic takes it up or says why not. What
// was taken up is an erasure like any other: two persons approve it.
import { equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Pid } from '../../identity/patient/pid.ts';
import { wishHash } from '../../records/vault/word.ts';
import type { CallContext, Handlers } from '../../rpc/ports.ts';
import type { MyErasure } from '../../rpc/schema/erasure.ts';
import type { ErasureStanding, Erasures } from '../erasure/erasures.ts';
import { ErasureError } from '../erasure/errors.ts';
import type { ErasureWish, ErasureWishes } from '../erasure/wishes.ts';
import type { Representatives } from '../representatives/representatives.ts';
import { MeError } from '../vault/errors.ts';
import type { MySharing } from '../vault/my-sharing.ts';
import type { AttachedPatient, PatientAccounts } from '../vault/patient-accounts.ts';
import { type KnownPeople, nameOfAccount } from './account-names.ts';
import { personOf } from './chart-patients.ts';
import { erasureState } from './erasure-service.ts';
import type { MeCallers } from './me-callers.ts';
import { wordOf } from './my-sharing-service.ts';
import type { Views } from './views.ts';

export type ErasureWishHandlers = Pick<
  Handlers,
  'me_erasure' | 'me_erasureAsk' | 'me_erasureCancel' | 'erasure_wishes' | 'erasure_answer'
>;

export interface ErasureWishServiceModules {
  readonly wishes: ErasureWishes;
  readonly erasures: Pick<Erasures, 'request' | 'list' | 'certificate'>;
  readonly sharing: Pick<MySharing, 'demandHolder'>;
  readonly callers: Pick<MeCallers, 'ifAttached' | 'demandDecider'>;
  readonly accounts: Pick<PatientAccounts, 'ofAccount'>;
  readonly representatives: Pick<Representatives, 'of'>;
  readonly people: KnownPeople;
  readonly views: Pick<Views, 'clinicName'>;
  readonly clock: Pick<Clock, 'now'>;
}

const ASKED = { patient: 'The patient asked for it', guardian: 'A guardian of the patient asked for it' } as const;

export function erasureWishService(modules: ErasureWishServiceModules): ErasureWishHandlers {
  const { wishes, erasures, sharing, callers, accounts, representatives, people, views, clock } = modules;

  /** Undefined for a caller of whom reception said nothing, or who was erased. */
  const decider = async (context: CallContext, named: string | undefined): Promise<AttachedPatient | undefined> => {
    const patient = await callers.ifAttached(context, named);
    if (patient !== undefined) await callers.demandDecider(patient);
    return patient;
  };

  const wishOf = (context: CallContext, patient: AttachedPatient | undefined): Promise<ErasureWish | undefined> =>
    patient === undefined ? wishes.byAccount(personOf(context).account) : wishes.get(patient.handle);

  const mine = async (context: CallContext, named: string | undefined): Promise<MyErasure> => {
    const patient = await decider(context, named);
    const wish = await wishOf(context, patient);
    const handle = patient?.handle;
    const all = await erasures.list();
    return {
      attached: handle !== undefined,
      wish: wish === undefined ? null : await shown(wish, all),
      holds: all
        .filter(({ known }) => known.kind === 'hold' && known.done === 0)
        .filter(({ known }) => handle !== undefined && equalBytes(known.handle, handle))
        .map(({ known: { text, asked } }) => ({ text, since: asked })),
    };
  };

  const shown = async ({ asked, answer }: ErasureWish, all: readonly ErasureStanding[]) => {
    const answered = { asked, answered: answer?.at ?? null, answer: answer?.text ?? null };
    const none = { approvals: 0, removed: 0, clinics: [] };
    if (answer?.erasure === undefined) {
      return { ...answered, ...none, state: answer === undefined ? ('waiting' as const) : ('refused' as const) };
    }
    const erasure = answer.erasure;
    const standing = all.find(({ known }) => equalBytes(known.object, erasure));
    if (standing === undefined) return { ...answered, ...none, state: 'queued' as const };
    const approved = standing.row !== undefined && standing.row.approved !== 0;
    const holders = approved ? (await erasures.certificate(erasure)).value.holders : [];
    return {
      ...{ ...answered, state: erasureState(standing), removed: standing.known.removed },
      approvals: standing.row?.approvals.length ?? 0,
      clinics: holders.map((holder) => ({
        ...{ clinic: holder.clinic, clinicName: views.clinicName(holder.clinic) },
        answered: holder.answered?.time ?? null,
      })),
    };
  };

  return {
    me_erasure: ({ actingFor }, context) => mine(context, actingFor),

    me_erasureAsk: async ({ actingFor, text, word }, context) => {
      const patient = await decider(context, actingFor);
      if (patient === undefined) throw new MeError({ code: 'me.not-attached' });
      await sharing.demandHolder(patient, 'erase', wishHash(text), word && wordOf(word));
      const { account, handle, acting } = patient;
      const as = acting === undefined ? 'patient' : 'guardian';
      await wishes.put(handle, async (before) => {
        await refuseAnothers(before, account);
        const erasure = before?.answer?.erasure;
        const running = erasure && (await erasures.list()).find(({ known }) => equalBytes(known.object, erasure));
        if (running !== undefined && running.known.done === 0) {
          throw new ErasureError({ code: 'erasure.exists', erasure: toHex(running.known.object) });
        }
        // Two wishes never bear one time: an answer names what was read.
        const asked = Math.max(clock.now(), (before?.asked ?? 0) + 1);
        return { account, as, handle, text: text.normalize('NFC'), asked, answer: undefined };
      });
      return mine(context, actingFor);
    },

    me_erasureCancel: async ({ actingFor }, context) => {
      const known = await wishOf(context, await decider(context, actingFor));
      if (known === undefined) throw new ErasureError({ code: 'erasure.unknown' });
      await wishes.put(known.handle, async (wish) => {
        if (wish === undefined) throw new ErasureError({ code: 'erasure.unknown' });
        await refuseAnothers(wish, personOf(context).account);
        if (wish.answer?.erasure !== undefined) {
          throw new ErasureError({ code: 'erasure.not-now', reason: 'the clinic has taken it up' });
        }
        return undefined;
      });
      return mine(context, actingFor);
    },

    erasure_wishes: async () => ({
      wishes: (await wishes.all()).map(({ account, as, handle, text, asked, answer }) => ({
        ...{ wish: toHex(handle), handle: toHex(handle), name: nameOfAccount(people, toHex(account)), as, text, asked },
        state: answer === undefined ? 'waiting' : answer.erasure === undefined ? 'refused' : 'taken-up',
        erasure: answer?.erasure === undefined ? null : toHex(answer.erasure),
        answer: answer?.text ?? null,
      })),
    }),

    erasure_answer: async ({ wish: id, asked, accept, text }, context) => {
      const person = personOf(context);
      const answered = await wishes.put(fromHex(id), async (wish) => {
        if (wish === undefined) throw new ErasureError({ code: 'erasure.unknown' });
        if (wish.answer !== undefined) throw new ErasureError({ code: 'erasure.not-now', reason: 'it was answered' });
        if (wish.asked !== asked) throw new ErasureError({ code: 'erasure.not-now', reason: 'it was asked for anew' });
        const erasure = accept ? await taken(wish, person.account) : undefined;
        return {
          ...wish,
          text: accept ? '' : wish.text,
          answer: { at: clock.now(), erasure, text: text.normalize('NFC') },
        };
      });
      const erasure = answered?.answer?.erasure;
      return { erasure: erasure === undefined ? null : toHex(erasure) };
    },
  };

  /** Another's that waits stays: whoever asked is told what becomes of it. Throws ErasureError. */
  async function refuseAnothers(wish: ErasureWish | undefined, account: Uint8Array): Promise<void> {
    if (wish === undefined || wish.answer !== undefined || equalBytes(wish.account, account)) return;
    if ((await askerOf(wish)) === undefined) return;
    throw new ErasureError({ code: 'erasure.not-now', reason: 'somebody else has asked for it' });
  }

  /** Whoever asked, as she is now; undefined: she is neither the patient nor a guardian any more. */
  async function askerOf({ account, as, handle }: ErasureWish): Promise<{ readonly pid: Pid } | undefined> {
    if (as === 'guardian') {
      const represented = await representatives.of(account);
      return represented.find((one) => one.kind === 'guardian' && equalBytes(one.handle, handle));
    }
    const own = await accounts.ofAccount(account);
    return own !== undefined && equalBytes(own.handle, handle) ? own : undefined;
  }

  /** The erasure that it became, or that was under way before. Throws ErasureError. */
  async function taken(wish: ErasureWish, by: Uint8Array): Promise<Uint8Array> {
    const { as, handle, text } = wish;
    // Whoever asked must still be who she was.
    const asking = await askerOf(wish);
    if (asking === undefined) throw new ErasureError({ code: 'erasure.nothing' });
    try {
      return (await erasures.request({ handle, pid: asking.pid, text: text === '' ? ASKED[as] : text, by })).object;
    } catch (error) {
      if (error instanceof ErasureError && error.type.code === 'erasure.exists') return fromHex(error.type.erasure);
      throw error;
    }
  }
}
