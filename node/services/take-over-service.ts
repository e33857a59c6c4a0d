// takeover_*: take-overs of patients at the doors.
import { fromHex, toHex } from '../../common/bytes.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { statementIdOf, unsignedStatementBytes } from '../../consensus/ledger/statement.ts';
import { handleOf } from '../../identity/patient/pid.ts';
import { mayAs } from '../../rpc/access/principal.ts';
import { doorError } from '../../rpc/errors.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Params } from '../../rpc/schema/methods.ts';
import type { TakeOverAnswer } from '../../rpc/schema/take-over.ts';
import type { Patients } from '../patients/patients.ts';
import type { ClinicWord, PersonAction, TakeOvers, TakeOverView } from '../take-over/take-overs.ts';
import { type ChainReader, recordState } from './chain-reader.ts';

export type TakeOverHandlers = Pick<
  Handlers,
  | 'takeover_list'
  | 'takeover_prepare'
  | 'takeover_witness'
  | 'takeover_acknowledge'
  | 'takeover_object'
  | 'takeover_withdraw'
>;

export interface TakeOverServiceModules {
  readonly takeOvers: TakeOvers;
  readonly patients: Pick<Patients, 'find'>;
  readonly reader: Pick<ChainReader, 'finalHeight'>;
}

const STAFF: readonly Role[] = ['reception', 'admin', 'doctor', 'nurse'];

export function takeOverService(
  { genesisId }: { readonly genesisId: Uint8Array },
  { takeOvers, patients, reader }: TakeOverServiceModules,
): TakeOverHandlers {
  const say =
    (word: ClinicWord) =>
    async ({ takeOver }: { takeOver: string }) => {
      const record = await takeOvers.say(word, fromHex(takeOver));
      return { takeOver, statement: recordState(record, reader.finalHeight) };
    };
  return {
    takeover_list: async ({ patient, country, type, limit }) => {
      const found = patient === undefined ? undefined : await patients.find(patient, country, type);
      const views = await takeOvers.list(found && handleOf(found.pid), limit);
      return { takeOvers: views.map(answerOf) };
    },

    takeover_prepare: async (asked, { principal }) => {
      // a start names a patient by number: for those who may look one up
      if (asked.action === 'start' && !mayAs(principal, ...STAFF)) throw doorError('rpc.forbidden');
      const { takeOver, statement, words } = await takeOvers.prepare(await actionOf(asked));
      const bytes = unsignedStatementBytes(statement);
      const id = toHex(statementIdOf(genesisId, bytes));
      return { takeOver: toHex(takeOver), statement: toHex(bytes), id, words };
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

function answerOf({ takeOver, row, attached, asked, objects }: TakeOverView): TakeOverAnswer {
  return {
    ...{ takeOver: toHex(takeOver), key: toHex(row.key), state: row.live ? 'open' : 'finished' },
    ...{ witnesses: [...row.witnesses], waiting: [...row.waiting], objections: row.objections },
    ...{ outvoted: row.outvoted, readyAt: row.ready === 0 ? null : row.ready, attached, asked, objects },
  };
}
