// erasure_*: erasures and holds at the doors. Decisions are node/erasure/; this is their form for pages and commands.
import { fromHex, toHex } from '../../common/bytes.ts';
import { statementIdOf, unsignedStatementBytes } from '../../consensus/ledger/statement.ts';
import { handleOf } from '../../identity/patient/pid.ts';
import { encodeCertificate, unanswered } from '../../records/erasure/answer.ts';
import type { Principal } from '../../rpc/access/principal.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { ErasureView } from '../../rpc/schema/erasure.ts';
import type { ErasureStanding, Erasures } from '../erasure/erasures.ts';
import { ErasureError } from '../erasure/errors.ts';
import type { Patients } from '../patients/patients.ts';
import type { Lookup } from './chart-patients.ts';

export type ErasureHandlers = Pick<
  Handlers,
  | 'erasure_request'
  | 'erasure_hold'
  | 'erasure_release'
  | 'erasure_list'
  | 'erasure_prepare'
  | 'erasure_certificate'
  | 'erasure_challenge'
>;

export interface ErasureServiceModules {
  readonly erasures: Erasures;
  readonly patients: Pick<Patients, 'find'>;
}

const NOBODY = new Uint8Array(32);

export function erasureService(
  { genesisId }: { readonly genesisId: Uint8Array },
  { erasures, patients }: ErasureServiceModules,
): ErasureHandlers {
  const asked = async ({ patient, country, type, text }: Lookup & { readonly text: string }, principal: Principal) => {
    const { pid } = await patients.find(patient, country, type);
    return { handle: handleOf(pid), pid, text: text.normalize('NFC'), by: accountOf(principal) };
  };
  return {
    erasure_request: async (params, { principal }) => {
      return view(await erasures.standing(await erasures.request(await asked(params, principal))));
    },

    erasure_hold: async (params, { principal }) => {
      return view(await erasures.standing(await erasures.hold(await asked(params, principal))));
    },

    erasure_release: async ({ hold }, { principal }) => {
      return view(await erasures.standing(await erasures.release(fromHex(hold), accountOf(principal))));
    },

    erasure_list: async () => ({ erasures: (await erasures.list()).map(view) }),

    erasure_prepare: async ({ erasure, author }, { principal }) => {
      const account = accountOf(principal);
      if (account === NOBODY) throw new ErasureError({ code: 'erasure.unknown' });
      const bytes = unsignedStatementBytes(await erasures.approval(fromHex(erasure), account, fromHex(author)));
      return {
        statement: toHex(bytes),
        id: toHex(statementIdOf(genesisId, bytes)),
        words:
          'Approves that the keys to what this clinic wrote of a patient are shredded at every clinic. ' +
          'With the second approval this cannot be undone.',
      };
    },

    erasure_certificate: async ({ erasure }) => {
      const { value, key, signature } = await erasures.certificate(fromHex(erasure));
      return {
        ...{ clinic: value.clinic, approvers: value.approvers.map(toHex), approved: value.approved, made: value.made },
        holders: value.holders.map(({ clinic, answered }) => ({
          clinic,
          answered:
            answered === undefined
              ? null
              : { statement: toHex(answered.statement), removed: answered.removed, time: answered.time },
        })),
        unanswered: unanswered(value),
        ...{ certificate: toHex(encodeCertificate(value)), key: toHex(key), signature: toHex(signature) },
      };
    },

    erasure_challenge: async ({ erasure, clinic }) => {
      const { shredded, removed, left, at } = await erasures.challenge(fromHex(erasure), clinic);
      return { clinic, shredded: shredded === 0 ? null : shredded, removed, left, at };
    },
  };
}

function view({ known, row, held }: ErasureStanding): ErasureView {
  const { kind, object, handle, text, by, asked, removed } = known;
  const approvals = row?.approvals.map(({ account }) => toHex(account)) ?? [];
  return {
    ...{ erasure: toHex(object), kind, handle: toHex(handle), text, asked, approvals, removed },
    by: by.every((byte) => byte === 0) ? null : toHex(by),
    state: erasureState({ known, row, held }),
  };
}

export function erasureState({ known, row, held }: ErasureStanding): ErasureView['state'] {
  if (known.done !== 0) return 'done';
  if (known.kind === 'hold') return 'held';
  if (row === undefined) return 'queued';
  if (row.approved !== 0) return 'approved';
  return held ? 'held' : 'asked';
}

function accountOf(principal: Principal): Uint8Array {
  const account = principal.kind === 'session' ? principal.session.account : null;
  return account === null ? NOBODY : fromHex(account);
}
