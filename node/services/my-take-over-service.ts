// me_takeOver*: a patient, or a guardian, who takes over what clinics keep, and what she is told of others who do. What her own key
// says goes by tx_submit; until it decides, this clinic objects for her.
import { fromHex, toHex } from '../../common/bytes.ts';
import type { CallContext, Handlers } from '../../rpc/ports.ts';
import { TakeOverError } from '../take-over/errors.ts';
import type { TakeOvers } from '../take-over/take-overs.ts';
import type { AttachedPatient } from '../vault/patient-accounts.ts';
import { type ChainReader, recordState } from './chain-reader.ts';
import type { MeCallers } from './me-callers.ts';
import { preparedAnswer } from './take-over-service.ts';
import type { TakeOverViews } from './take-over-views.ts';

export type MyTakeOverHandlers = Pick<Handlers, 'me_takeOvers' | 'me_takeOverPrepare' | 'me_takeOverObject'>;

export interface MyTakeOverServiceModules {
  readonly takeOvers: Pick<TakeOvers, 'ofPatient' | 'named' | 'get' | 'authority' | 'prepare' | 'say'>;
  readonly views: TakeOverViews;
  readonly callers: Pick<MeCallers, 'of' | 'demandDecider'>;
  readonly reader: Pick<ChainReader, 'finalHeight'>;
}

/** Of one patient, those that can come to their end before all others. */
const MAX_SHOWN = 50;

export function myTakeOverService(
  { genesisId }: { readonly genesisId: Uint8Array },
  { takeOvers, views, callers, reader }: MyTakeOverServiceModules,
): MyTakeOverHandlers {
  /** Who decides for the patient anyhow. */
  const decider = async (context: CallContext, named: string | undefined): Promise<AttachedPatient> => {
    const patient = await callers.of(context, named);
    await callers.demandDecider(patient);
    return patient;
  };
  return {
    me_takeOvers: async ({ actingFor, takeOvers: named }, context) => {
      const { handle, account, acting } = await callers.of(context, actingFor);
      const authority = await takeOvers.authority(handle);
      const shown =
        named === undefined
          ? await takeOvers.ofPatient(handle, MAX_SHOWN)
          : { views: await takeOvers.named(handle, named.map(fromHex)), more: false };
      return {
        ...{ handle: toHex(handle), account: toHex(account), mayDecide: acting?.kind !== 'delegate' },
        authority: authority === undefined ? null : { key: toHex(authority.key), since: authority.since },
        ...(await views.page(shown)),
      };
    },

    me_takeOverPrepare: async ({ actingFor, key, encryptionKey, commitment }, context) => {
      const { handle } = await decider(context, actingFor);
      const keys = { key: fromHex(key), encryptionKey: fromHex(encryptionKey), commitment: fromHex(commitment) };
      return preparedAnswer(genesisId, await takeOvers.prepare({ action: 'start', handle, ...keys }));
    },

    me_takeOverObject: async ({ actingFor, takeOver }, context) => {
      const { handle } = await decider(context, actingFor);
      const { row } = await takeOvers.get(fromHex(takeOver));
      // Of another patient it is as if there were none.
      if (toHex(row.handle) !== toHex(handle)) throw new TakeOverError({ code: 'takeover.unknown' });
      const record = await takeOvers.say('object', fromHex(takeOver));
      return { takeOver, statement: recordState(record, reader.finalHeight) };
    },
  };
}
