// Records of the patient as a table.
import { IconLock } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { MyRecord } from '../../../../rpc/schema/me.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { LongTable } from '../../../shared/table/virtual-table.tsx';
import { LongDay } from '../../../shared/time/long-moment.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import classes from '../parts/me.module.css';
import { Person } from '../parts/person.tsx';
import { RecordStatus } from '../parts/record-status.tsx';
import { recordKey, useOpened } from '../parts/use-mine.ts';
import { personName, placeName } from '../parts/words.ts';
import { recordTitle } from './record-title.ts';

export interface RecordTableProps {
  readonly caption: string;
  readonly hideCaption?: boolean;
  readonly records: readonly MyRecord[];
}

export function RecordTable({ caption, hideCaption = false, records }: RecordTableProps) {
  const { t } = useTranslation();
  const opened = useOpened(records);
  const columns: Column<MyRecord>[] = [
    { name: t('me.records.date'), sort: 'descending', cell: ({ date }) => <LongDay time={date} /> },
    {
      name: t('me.records.what'),
      wrap: true,
      cell: (record) => (
        <>
          <Link to="/me/records/$record" params={{ record: record.record }} className={classes.target}>
            <bdi>{recordTitle(t, record)}</bdi>
          </Link>
          {record.mode === 'vault' ? (
            <span className={classes.note}>
              <IconLock size={14} aria-hidden /> {t('me.records.inVault')}
            </span>
          ) : null}
        </>
      ),
    },
    { name: t('me.records.category'), wrap: true, cell: ({ category }) => t(`care.categories.${category}`) },
    {
      name: t('me.records.writtenBy'),
      wrap: true,
      cell: ({ writtenBy, clinic, clinicName }) => <Person who={writtenBy} clinic={clinic} clinicName={clinicName} />,
    },
    { name: t('admin.status'), cell: ({ status }) => <RecordStatus status={status} /> },
  ];
  return (
    <LongTable
      caption={caption}
      hideCaption={hideCaption}
      columns={columns}
      rows={opened}
      rowKey={recordKey}
      filterLabel={t('me.records.find')}
      filterText={(record) =>
        [
          recordTitle(t, record),
          t(`care.categories.${record.category}`),
          personName(t, record.writtenBy, record),
          placeName(t, record),
        ]
          .join(' ')
          .toLowerCase()
      }
    />
  );
}
