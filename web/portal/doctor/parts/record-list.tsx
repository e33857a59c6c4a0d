// A page that lists some of what may be read of a patient, whatever the way in which it is empty.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { LongTable } from '../../../shared/table/virtual-table.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { type ReadableRecord, useCharts } from '../data/charts.ts';
import { useCard } from '../data/patient.ts';
import classes from './doctor.module.css';
import { recordTitle, useRecordColumns } from './record-columns.tsx';
import { WhatIsShown } from './what-is-shown.tsx';

export interface RecordListProps {
  readonly patient: string;
  readonly caption: string;
  /** What to say where nothing is there. */
  readonly empty: string;
  shown(record: ReadableRecord): boolean;
  /** Instead of the plain table. */
  readonly table?: (records: readonly ReadableRecord[]) => ReactNode;
}

export function RecordList({ patient, caption, empty, shown, table }: RecordListProps) {
  const { t } = useTranslation();
  const columns = useRecordColumns(patient);
  const { data: card } = useCard(patient);
  const query = useCharts(patient, card?.handle);
  return (
    <QueryView query={query}>
      {(readable) => {
        const records = readable.records.filter(shown);
        return (
          <div className={classes.stack}>
            {records.length === 0 ? (
              <Notice title={t('doctor.nothing')}>
                <p>{empty}</p>
              </Notice>
            ) : (
              (table?.(records) ?? (
                <LongTable
                  caption={caption}
                  hideCaption
                  columns={columns}
                  rows={records}
                  rowKey={({ record }) => record}
                  filterLabel={t('doctor.record.find')}
                  filterText={(record) => recordTitle(t, record).toLowerCase()}
                />
              ))
            )}
            <WhatIsShown patient={patient} readable={readable} />
          </div>
        );
      }}
    </QueryView>
  );
}
