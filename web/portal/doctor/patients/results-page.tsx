// Measured values of a patient with their ranges, the flag in words. Each value is a record that is read, and that is written
// down: so many at a time as fit a look.
import { Button } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { useClinicName } from '../../parts/clinic-name.ts';
import type { ReadableRecord } from '../data/charts.ts';
import { RESULT } from '../data/kinds.ts';
import { type Observed, observationOf } from '../data/observation.ts';
import { inParts, recordsQuery } from '../data/record.ts';
import classes from '../parts/doctor.module.css';
import { recordTitle } from '../parts/record-columns.tsx';
import { RecordList } from '../parts/record-list.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/doctor.ts';

const route = getRouteApi('/person/clinicians/patients/$ref');
const PAGE = 20;

export function ResultsPage() {
  const { t } = useTranslation();
  const { ref } = route.useParams();
  return (
    <Page title={t('doctor.results.title')}>
      <RecordList
        patient={ref}
        caption={t('doctor.results.title')}
        empty={t('doctor.results.empty')}
        shown={({ kind, standing }) => kind === RESULT && standing !== 'entered-in-error'}
        table={(records) => <Results patient={ref} records={records} />}
      />
    </Page>
  );
}

interface Row {
  readonly record: ReadableRecord;
  readonly observed: Observed | undefined;
  readonly failed: boolean;
}

function Results({ patient, records }: { patient: string; records: readonly ReadableRecord[] }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const clinicName = useClinicName();
  const [count, setCount] = useState(PAGE);
  const looked = records.slice(0, count);
  const parts = inParts(looked, PAGE);
  const answers = useQueries({ queries: parts.map((part) => recordsQuery(client, patient, part)) });
  const answerOf = (record: ReadableRecord) => answers[parts.findIndex((part) => part.includes(record))];
  const rows: Row[] = looked.map((record) => ({
    record,
    observed: observationOf(answerOf(record)?.data?.get(record.record)?.resource ?? null),
    failed: answerOf(record)?.isError === true,
  }));
  const collected = t('doctor.results.collected');
  const resultOf = ({ observed, failed }: Row) => {
    if (failed) return t('doctor.results.failed');
    return observed === undefined ? t('states.loading') : <bdi>{observed.value ?? '–'}</bdi>;
  };
  const columns: Column<Row>[] = [
    {
      name: t('doctor.results.test'),
      wrap: true,
      cell: ({ record }) => (
        <Link
          to="/patients/$ref/records/$clinic/$record"
          params={{ ref: patient, clinic: String(record.clinic), record: record.record }}
          className={classes.target}
        >
          <bdi>{recordTitle(t, record)}</bdi>
        </Link>
      ),
    },
    { name: t('doctor.results.result'), wrap: true, cell: resultOf },
    { name: t('doctor.results.range'), cell: ({ observed }) => observed?.range ?? '–' },
    {
      name: t('doctor.results.flag'),
      cell: ({ observed }) => (observed?.flag === undefined ? '–' : t(`doctor.flags.${observed.flag}`)),
    },
    {
      name: collected,
      header: <MomentHeader age={collected} time={collected} />,
      cell: ({ observed, record }) => <Moment time={observed?.at ?? record.written} />,
    },
    {
      name: t('doctor.record.clinic'),
      wrap: true,
      cell: ({ record }) => <bdi className={classes.words}>{clinicName(record.clinic)}</bdi>,
    },
  ];
  return (
    <div className={classes.stack}>
      <DataTable
        caption={t('doctor.results.title')}
        hideCaption
        columns={columns}
        rows={rows}
        rowKey={({ record }) => record.record}
      />
      {records.length <= count ? null : (
        <div>
          <Button variant="default" onClick={() => setCount(count + PAGE)}>
            {t('doctor.results.older')}
          </Button>
        </div>
      )}
    </div>
  );
}
