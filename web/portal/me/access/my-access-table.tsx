// Accesses to the patient's records as a table.
import { useTranslation } from 'react-i18next';
import type { MyAccess } from '../../../../rpc/schema/my-accesses.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { sentence } from '../../../shared/text/sentence.ts';
import { LongDay, LongMoment } from '../../../shared/time/long-moment.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import { AccessOutcome } from '../../parts/access-outcome.tsx';
import { careWord } from '../../parts/care-words.ts';
import classes from '../parts/me.module.css';
import { Person } from '../parts/person.tsx';
import { placeName } from '../parts/words.ts';
import { recordsText } from './records-text.ts';

export function MyAccessTable({ events }: { events: readonly MyAccess[] }) {
  const { t } = useTranslation();
  const columns: Column<MyAccess>[] = [
    {
      name: t('me.access.when'),
      sort: 'descending',
      wrap: true,
      cell: ({ time }) => (
        <span className={classes.words}>
          <LongMoment time={time} zoned />
        </span>
      ),
    },
    {
      name: t('me.access.who'),
      wrap: true,
      cell: ({ who, own, clinic, clinicName }) =>
        own ? t('me.access.you') : <Person who={who} clinic={clinic} clinicName={clinicName} bare />,
    },
    {
      name: t('me.access.clinic'),
      wrap: true,
      cell: (access) => <bdi className={classes.words}>{placeName(t, access)}</bdi>,
    },
    {
      name: t('me.access.what'),
      wrap: true,
      cell: ({ action, records }) => (
        <span className={classes.words}>
          {careWord(t, 'actions', action)}
          {records.length === 0 ? null : (
            <span className={classes.note}>
              <bdi>{recordsText(t, records)}</bdi>
            </span>
          )}
        </span>
      ),
    },
    {
      name: t('me.access.why'),
      wrap: true,
      cell: ({ purpose }) => <span className={classes.words}>{sentence(careWord(t, 'purposes', purpose))}</span>,
    },
    {
      name: t('me.access.outcome'),
      wrap: true,
      cell: ({ outcome, reason }) => <AccessOutcome outcome={outcome} reason={reason} />,
    },
    { name: t('me.access.wrong'), wrap: true, cell: (access) => <Wrong access={access} /> },
  ];
  return <DataTable caption={t('me.access.caption')} columns={columns} rows={events} rowKey={({ event }) => event} />;
}

function Wrong({ access: { event, own, disputed } }: { access: MyAccess }) {
  const { t } = useTranslation();
  if (disputed !== null) {
    return (
      <>
        {t('me.access.told')}
        <span className={classes.note}>
          <LongDay time={disputed} />
        </span>
      </>
    );
  }
  if (own) return '–';
  return (
    <Link to="/me/access/$event" params={{ event: String(event) }} className={classes.target}>
      {t('me.access.looksWrong')}
    </Link>
  );
}
