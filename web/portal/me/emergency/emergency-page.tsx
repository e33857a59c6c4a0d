// Who opened the patient's records in an emergency, when and why, those that go on first; what an emergency is, and what she can do
// about one that looks wrong.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { MyNotice } from '../../../../rpc/schema/my-accesses.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { LongMoment } from '../../../shared/time/long-moment.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { careWord } from '../../parts/care-words.ts';
import classes from '../parts/me.module.css';
import { MyView } from '../parts/my-page.tsx';
import { Person } from '../parts/person.tsx';
import { useMyNotices } from '../parts/use-mine.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/me.ts';

export function EmergencyPage() {
  const { t } = useTranslation();
  const query = useMyNotices();
  return (
    <Page title={t('me.emergency.title')} intro={t('me.emergency.intro')}>
      <MyView query={query}>
        {({ notices }) => {
          const emergencies = notices.filter(({ kind }) => kind === 'emergency');
          if (emergencies.length === 0) {
            return (
              <Notice title={t('me.emergency.none')}>
                <p>{t('me.emergency.noneText')}</p>
              </Notice>
            );
          }
          return (
            <EmergencyTable emergencies={emergencies.sort((a, b) => Number(b.open) - Number(a.open) || b.at - a.at)} />
          );
        }}
      </MyView>
      <Section title={t('me.emergency.what')}>
        <Text>{t('me.emergency.whatText')}</Text>
        <Text mt="sm">
          {t('me.notices.looksWrong')}{' '}
          <Link to="/me/access" className={classes.target}>
            {t('me.notices.tellUs')}
          </Link>
        </Text>
      </Section>
    </Page>
  );
}

function EmergencyTable({ emergencies }: { emergencies: readonly MyNotice[] }) {
  const { t } = useTranslation();
  const columns: Column<MyNotice>[] = [
    {
      name: t('me.access.when'),
      wrap: true,
      cell: ({ at }) => (
        <span className={classes.words}>
          <LongMoment time={at} zoned />
        </span>
      ),
    },
    {
      name: t('me.access.who'),
      wrap: true,
      cell: ({ who, clinic, clinicName }) => <Person who={who} clinic={clinic} clinicName={clinicName} />,
    },
    { name: t('me.access.why'), wrap: true, cell: ({ text }) => careWord(t, 'reasons', text) },
    {
      name: t('admin.status'),
      wrap: true,
      cell: (notice) => <Standing {...notice} />,
    },
  ];
  return (
    <DataTable
      caption={t('me.emergency.title')}
      hideCaption
      columns={columns}
      rows={emergencies}
      rowKey={({ about }) => about}
    />
  );
}

function Standing({ open, review }: MyNotice) {
  const { t } = useTranslation();
  if (open) return t('me.emergency.open');
  if (review === null) return t('me.emergency.ended');
  return (
    <span className={classes.words}>
      {t(review.verdict === 'justified' ? 'me.emergency.justified' : 'me.emergency.unjustified')}{' '}
      <LongMoment time={review.at} zoned />
    </span>
  );
}
