// Patients as rows: who, born, sex, number, at which clinics, and what this clinic may read without asking.
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { PatientCardView } from '../../../../rpc/schema/patient-search.ts';
import { useLive, useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import { bornText, numberText, sexText } from '../data/person-name.ts';
import { ClinicNames } from '../parts/clinic-names.tsx';
import classes from '../parts/doctor.module.css';
import { PatientName } from '../parts/patient-name.tsx';

export interface PatientTableProps {
  readonly patients: readonly PatientCardView[];
  readonly caption: string;
  /** Of the page that each leads to. */
  readonly to: '/patients/$ref' | '/desk/$ref';
}

export function PatientTable({ patients, caption, to }: PatientTableProps) {
  const { t } = useTranslation();
  const { nodeClock } = useNode();
  const { health } = useLive();
  const columns: Column<PatientCardView>[] = [
    {
      name: t('doctor.search.who'),
      wrap: true,
      cell: (card) => (
        <Link to={to} params={{ ref: card.ref }} className={classes.target}>
          <PatientName card={card} />
        </Link>
      ),
    },
    { name: t('doctor.born'), cell: ({ birthDate }) => bornText(t, birthDate, nodeClock.now()) },
    { name: t('doctor.sex'), cell: ({ sex }) => sexText(t, sex) },
    {
      name: t('doctor.number'),
      cell: ({ number }) => (number === '' ? t('doctor.notKnown') : <bdi translate="no">{numberText(number)}</bdi>),
    },
    {
      name: t('doctor.search.clinics'),
      wrap: true,
      cell: ({ clinics }) => (clinics.length === 0 ? '–' : <ClinicNames clinics={clinics} />),
    },
    {
      name: t('doctor.search.access'),
      wrap: true,
      cell: (card) => <span className={classes.words}>{accessText(t, card, health?.clinic.number)}</span>,
    },
  ];
  return <DataTable caption={caption} hideCaption columns={columns} rows={patients} rowKey={({ ref }) => ref} />;
}

/** `clinic`: this one; another one that knows the patient's name is a branch of its organisation. */
function accessText(t: TFunction, { here, from }: PatientCardView, clinic: number | undefined): string {
  if (here) return t('doctor.search.here');
  return t(from === null || from === clinic ? 'doctor.search.ask' : 'doctor.search.branch');
}
