// The earlier versions of a record, each to be read, and what was added to it.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNode } from '../../../shared/node/node-context.tsx';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { FullMoment } from '../../../shared/time/moment.tsx';
import { Section } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import type { ReadableRecord } from '../data/charts.ts';
import { recordQuery } from '../data/record.ts';
import classes from '../parts/doctor.module.css';
import { useRecordColumns } from '../parts/record-columns.tsx';
import { RecordContent } from './record-content.tsx';

export interface VersionsProps {
  readonly patient: string;
  readonly record: ReadableRecord;
  readonly added: readonly ReadableRecord[];
}

export function Versions({ patient, record, added }: VersionsProps) {
  const { t } = useTranslation();
  const columns = useRecordColumns(patient);
  const [open, setOpen] = useState<number>();
  const earlier = Array.from({ length: record.version - 1 }, (_, place) => record.version - 1 - place);
  return (
    <>
      {earlier.length === 0 ? null : (
        <Section title={t('doctor.record.earlier')}>
          <div className={classes.stack}>
            <div className={classes.buttons}>
              {earlier.map((version) => (
                <Button
                  key={version}
                  variant="default"
                  aria-expanded={open === version}
                  onClick={() => setOpen(version)}
                >
                  {t('doctor.record.version', { version })}
                </Button>
              ))}
            </div>
            {open === undefined ? null : <Earlier key={open} patient={patient} record={record} version={open} />}
          </div>
        </Section>
      )}
      {added.length === 0 ? null : (
        <Section title={t('doctor.record.added')}>
          <DataTable
            caption={t('doctor.record.added')}
            hideCaption
            columns={columns}
            rows={added}
            rowKey={({ record: id }) => id}
          />
        </Section>
      )}
    </>
  );
}

function Earlier({ patient, record, version }: Omit<VersionsProps, 'added'> & { version: number }) {
  const { client } = useNode();
  const query = useQuery(recordQuery(client, patient, { ...record, version }));
  return (
    <QueryView query={query}>
      {(read) => (
        <div className={classes.stack}>
          <p className={classes.note}>
            <FullMoment time={read.record.written} />
          </p>
          <RecordContent patient={patient} purpose={record.purpose} read={read} />
        </div>
      )}
    </QueryView>
  );
}
