// Records as rows: what, when, of which kind, by whom and where, and whether they still stand.

import { IconAlertOctagon, IconCircle } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Column } from '../../../shared/table/columns.ts';
import { Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import tag from '../../../shared/ui/status-tag.module.css';
import { useClinicName } from '../../parts/clinic-name.ts';
import type { ReadableRecord } from '../data/charts.ts';
import classes from './doctor.module.css';

export function recordTitle(t: TFunction, { title, kind }: Pick<ReadableRecord, 'title' | 'kind'>): string {
  if (title !== '') return title;
  // FHIR has more types than words for them here; theirs are English words run together
  return kind === 'document' ? t('doctor.document') : kind.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2');
}

export function useRecordColumns(patient: string): Column<ReadableRecord>[] {
  const { t } = useTranslation();
  const clinicName = useClinicName();
  const written = t('doctor.record.written');
  return [
    {
      name: t('doctor.record.what'),
      wrap: true,
      cell: (record) => (
        <Link
          to="/patients/$ref/records/$clinic/$record"
          params={{ ref: patient, clinic: String(record.clinic), record: record.record }}
          className={classes.target}
        >
          <bdi>{recordTitle(t, record)}</bdi>
        </Link>
      ),
    },
    {
      name: t('doctor.record.category'),
      wrap: true,
      cell: ({ category }) => <span className={classes.words}>{t(`care.categories.${category}`)}</span>,
    },
    {
      name: written,
      header: <MomentHeader age={written} time={written} />,
      sort: 'descending',
      cell: ({ written: at }) => <Moment time={at} />,
    },
    {
      name: t('doctor.record.clinic'),
      wrap: true,
      cell: ({ clinic }) => <bdi className={classes.words}>{clinicName(clinic)}</bdi>,
    },
    { name: t('doctor.record.state'), cell: (record) => <RecordState record={record} /> },
  ];
}

export function RecordState({ record: { standing, amendment } }: { record: ReadableRecord }) {
  const { t } = useTranslation();
  if (standing === 'standing')
    return amendment === 'original' ? t('doctor.states.standing') : t(`doctor.amended.${amendment}`);
  const wrong = standing === 'entered-in-error';
  const Icon = wrong ? IconAlertOctagon : IconCircle;
  return (
    <span className={tag.tag} data-status={wrong ? 'refused' : 'pending'}>
      <Icon size={16} aria-hidden />
      {t(`doctor.states.${standing}`)}
    </span>
  );
}
