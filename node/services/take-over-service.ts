// takeover_*: take-overs of patients at the doors.
import { fromHex, toHex } from '../../common/bytes.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { statementIdOf, unsignedStatementBytes } from '../../consensus/ledger/statement.ts';
import { handleOf } from '../../identity/patient/pid.ts';
import { mayAs } from '../../rpc/access/principal.ts';
import { doorError } from '../../rpc/errors.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Params } from '../../rpc/schema/methods.ts';
import type { Patients } from '../patients/patients.ts';
import type { ClinicWord, PersonAction, PreparedTakeOver, TakeOvers } from '../take-over/take-overs.ts';
import { type ChainReader, recordState } from './chain-reader.ts';
import type { TakeOverViews } from './take-over-views.ts';

export type TakeOverHandlers = Pick<
  Handlers,
  | 'takeover_list'
  | 'takeover_get'
  | 'takeover_prepare'
  | 'takeover_witness'
  | 'takeover_acknowledge'
  | 'takeover_object'
  | 'takeover_withdraw'
>;

export interface TakeOverServiceModules {
  readonly takeOvers: TakeOvers;
  readonly views: TakeOverViews;
  readonly patients: Pick<Patients, 'find'>;
  readonly reader: Pick<ChainReader, 'finalHeight'>;
}

const STAFF: readonly Role[] = ['reception', 'admin', 'doctor', 'nurse'];

export function takeOverService(
  { genesisId }: { readonly genesisId: Uint8Array },
  { takeOvers, views, patients, reader }: TakeOverServiceModules,
): TakeOverHandlers {
  const say =
    (word: ClinicWord) =>
    async ({ takeOver }: { takeOver: string }) => {
      const record = await takeOvers.say(word, fromHex(takeOver));
      return { takeOver, statement: recordState(record, reader.finalHeight) };
    };
  return {
    takeover_list: async ({ patient, country, type, code, limit }) => {
      if (patient === undefined) return { ...(await views.page(await takeOvers.waiting(limit))), authority: null };
      const { pid } = await patients.find(patient, country, type);
      const handle = handleOf(pid);
      const found =
        code === undefined ? takeOvers.ofPatient(handle, limit) : takeOvers.ofCode(handle, fromHex(code), limit);
      const authority = (await takeOvers.authority(handle)) ?? null;
      const decides = authority && { key: toHex(authority.key), since: authority.since };
      return { ...(await views.page(await found)), authority: decides };
    },

    takeover_get: async ({ takeOver }) => views.one(await takeOvers.get(fromHex(takeOver))),

    takeover_prepare: async (asked, { principal }) => {
      // a start names a patient by number: for those who may look one up
      if (asked.action === 'start' && !mayAs(principal, ...STAFF)) throw doorError('rpc.forbidden');
      return preparedAnswer(genesisId, await takeOvers.prepare(await actionOf(asked)));
    },

    takeover_witness: say('witness'),
    takeover_acknowledge: say('acknowledge'),
    takeover_object: say('object'),
    takeover_withdraw: say('withdraw'),
  };

  async function actionOf(asked: Params<'takeover_prepare'>): Promise<PersonAction> {
    switch (asked.action) {
      case 'start': {
        const { pid } = await patients.find(asked.patient, asked.country, asked.type);
        const { key, encryptionKey, commitment } = asked;
        const keys = { key: fromHex(key), encryptionKey: fromHex(encryptionKey), commitment: fromHex(commitment) };
        return { action: 'start', handle: handleOf(pid), ...keys };
      }
      case 'finish':
        return { action: 'finish', takeOver: fromHex(asked.takeOver) };
      default:
        return { action: asked.action, takeOver: fromHex(asked.takeOver), key: fromHex(asked.key) };
    }
  }
}

/** What `takeover_prepare` and its like answer. */
export function preparedAnswer(genesisId: Uint8Array, { takeOver, statement, words }: PreparedTakeOver) {
  const bytes = unsignedStatementBytes(statement);
  return { takeOver: toHex(takeOver), statement: toHex(bytes), id: toHex(statementIdOf(genesisId, bytes)), words };
}
