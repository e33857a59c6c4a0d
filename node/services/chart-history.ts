// patient_history with the records of every branch that the caller may see, and the consents about what this clinic keeps: what
// the chain says of them, found through the charts that are open to the caller. Asking is written down like every list.
import { toHex } from '../../common/bytes.ts';
import { decodeConsentRow } from '../../consensus/ledger/consent/rows.ts';
import { decodeAddendumRow, decodeRecordRow } from '../../consensus/ledger/records/rows.ts';
import { addendumKey, consentKey, recordKey } from '../../consensus/ledger/tables.ts';
import type { Manifest } from '../../records/chart/manifest.ts';
import type { Handler } from '../../rpc/ports.ts';
import type { Result } from '../../rpc/schema/methods.ts';
import type { Charts } from '../charts/charts.ts';
import type { ChainStore } from '../store/ports.ts';
import type { ChainReader } from './chain-reader.ts';
import type { ChartPatients } from './chart-patients.ts';
import type { Views } from './views.ts';

type Event = Result<'patient_history'>['events'][number];

export interface ChartHistoryModules {
  readonly charts: Charts;
  readonly patients: ChartPatients;
  readonly store: Pick<ChainStore, 'states'>;
  readonly reader: Pick<ChainReader, 'statement'>;
  readonly views: Pick<Views, 'clinicName' | 'finalHeight'>;
}

export function chartHistory(
  options: { readonly clinic: number },
  base: Handler<'patient_history'>,
  { charts, patients, store, reader, views }: ChartHistoryModules,
): Handler<'patient_history'> {
  return async (params, context) => {
    const told = await base(params, context);
    const { pid, handle, person } = await patients.found(params, context);
    // Who treats nobody sees no records, and need not be refused by every clinic for it.
    if (!person.roles.some((role) => role === 'doctor' || role === 'nurse')) return told;
    const enquiry = { person, ref: charts.writing.ref(pid, handle), purpose: 'TREAT', signal: context.signal } as const;
    const open = (await charts.reading.list(enquiry)).flatMap(({ records }) => records.map(({ manifest }) => manifest));
    const given = await charts.granting.list(enquiry.ref);
    const found = await Promise.all([
      ...open.filter(({ version }) => version === 1).map(eventsOf),
      ...given.map(({ object }) => consentEvents(object)),
    ]);
    const events = [...told.events, ...found.flat()].sort((a, b) => a.height - b.height);
    return { ...told, events };
  };

  /** Of one record: the statement that made it, and the one that was last about it. */
  async function eventsOf(manifest: Manifest): Promise<Event[]> {
    const { record, clinic } = manifest;
    const [row, addendum] = await store.states([recordKey(record), addendumKey(record)]);
    const known = row === undefined ? addendum && decodeAddendumRow(addendum) : decodeRecordRow(row);
    if (known === undefined) return [];
    const about = { clinic, record: toHex(record), category: manifest.category };
    const made = await eventOf('record', about, known.created);
    if (toHex(known.created) === toHex(known.latest)) return made;
    return [...made, ...(await eventOf('amendment', about, known.latest))];
  }

  /** Given, and taken back; one that is over by its date has no statement of that. */
  async function consentEvents(object: Uint8Array): Promise<Event[]> {
    const [row] = await store.states([consentKey(object)]);
    if (row === undefined) return [];
    const { created, latest, live } = decodeConsentRow(row);
    const about = { clinic: options.clinic, consent: toHex(object) };
    const made = await eventOf('consent', about, created);
    return live ? made : [...made, ...(await eventOf('consent-end', about, latest))];
  }

  async function eventOf(
    type: Event['type'],
    about: Pick<Event, 'clinic' | 'record' | 'category' | 'consent'>,
    statement: Uint8Array,
  ): Promise<Event[]> {
    const view = await reader.statement(statement);
    if (view?.transaction == null || view.block === null) return [];
    const { height, timestamp } = view.block;
    const status = height <= views.finalHeight ? ('final' as const) : ('applied' as const);
    const place = { statement: toHex(statement), transaction: view.transaction, height, timestamp, status };
    return [{ type, ...about, clinicName: views.clinicName(about.clinic), ...place }];
  }
}
