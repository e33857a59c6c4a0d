// patient_*: register, import, find, history. Decisions are node/patients; this is their form at the doors.
import { toHex } from '../../common/bytes.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { FoundPatient, PatientAnswer, PatientInput, Patients } from '../patients/patients.ts';
import type { ChainReader } from './chain-reader.ts';
import type { Views } from './views.ts';

export type PatientHandlers = Pick<Handlers, 'patient_register' | 'patient_get' | 'patient_history' | 'patient_import'>;

export interface PatientServiceModules {
  readonly patients: Patients;
  readonly reader: ChainReader;
  readonly views: Views;
}

export interface PatientServiceOptions {
  readonly country: string;
  readonly idType: string;
}

export function patientService(
  options: PatientServiceOptions,
  { patients, reader, views }: PatientServiceModules,
): PatientHandlers {
  return {
    patient_register: async (params) => {
      const inputs = params.patients.flatMap((given): PatientInput[] => {
        if ('patient' in given) return [];
        if ('resource' in given) return [{ text: JSON.stringify(given.resource) }];
        const { number, country = options.country, type = options.idType } = given;
        return [{ document: { number, country, type } }];
      });
      const registered = await patients.register(inputs);
      const answers: PatientAnswer[] = [];
      for (const given of params.patients) {
        answers.push('patient' in given ? await patients.attach(given.patient) : registered.splice(0, 1)[0]);
      }
      return { patients: await Promise.all(answers.map(answerView)) };
    },

    patient_import: async ({ resources }) => {
      const answers = await patients.register(resources.map(({ text }) => ({ text })));
      const views = await Promise.all(answers.map(answerView));
      return { items: views.map((view, index) => ({ line: resources[index].line, ...view })) };
    },

    patient_get: async ({ patient, country, type }) => {
      const found = await patients.find(patient, country, type);
      const statement = found.row?.statement ?? found.pending;
      const state = statement === undefined ? undefined : await reader.standing(statement);
      const status = state === undefined || state.status === 'unknown' ? null : state.status;
      return {
        pid: found.pid,
        registered: found.row !== undefined,
        transaction: state?.transaction ?? null,
        statement: statement === undefined ? null : toHex(statement),
        // A registration that stands in the state is applied, whatever became of other entries of its list.
        status: found.row !== undefined && status === 'refused' ? 'applied' : status,
        height: found.row?.height ?? null,
        clinics: found.clinics.filter(({ attached }) => attached).map(({ clinic }) => clinic),
      };
    },

    patient_history: async ({ patient, country, type }) => {
      const found = await patients.find(patient, country, type);
      return { pid: found.pid, events: await history(found) };
    },
  };

  async function history(found: FoundPatient) {
    const { row } = found;
    const told = [
      ...(row === undefined ? [] : [{ type: 'registered' as const, clinic: row.clinic, statement: row.statement }]),
      ...found.clinics
        .filter(
          ({ attached, statement }) => !(attached && row !== undefined && toHex(statement) === toHex(row.statement)),
        )
        .map(({ attached, clinic, statement }) => ({
          type: attached ? ('attached' as const) : ('detached' as const),
          clinic,
          statement,
        })),
    ];
    const events = await Promise.all(
      told.map(async ({ type, clinic, statement }) => {
        const view = await reader.statement(statement);
        if (view?.transaction == null || view.block === null) return [];
        const { transaction, block } = view;
        const { height, timestamp } = block;
        const clinicName = views.clinicName(clinic);
        const status = height <= views.finalHeight ? ('final' as const) : ('applied' as const);
        const common = { statement: toHex(statement), transaction, height, timestamp, status };
        return [{ type, clinic, clinicName, ...common }];
      }),
    );
    return events.flat().sort((a, b) => a.height - b.height);
  }

  async function answerView(answer: PatientAnswer) {
    const { statement } = answer;
    const state = statement === undefined ? undefined : await reader.standing(statement);
    return {
      outcome: answer.outcome,
      pid: answer.pid ?? null,
      statement: statement === undefined ? null : toHex(statement),
      status: state === undefined || state.status === 'unknown' ? null : state.status,
      code: answer.code ?? null,
      reason: answer.reason ?? null,
    };
  }
}
