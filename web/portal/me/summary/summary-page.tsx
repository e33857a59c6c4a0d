// The first page of a patient: who asks for access, what is new, who read last.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { ButtonLink, Link } from '../../../shared/ui/link.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { AccessLine } from '../access/access-line.tsx';
import classes from '../parts/me.module.css';
import { MyView, NotAttached } from '../parts/my-page.tsx';
import { useSummary } from '../parts/use-mine.ts';
import { RecordTable } from '../records/record-table.tsx';
import { RequestLine } from '../requests/request-line.tsx';
import { EmergencyNotices } from './emergency-notices.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/me.ts';
import '../../../shared/text/en/own-data.ts';
import '../../../shared/text/en/take-over.ts';

export function SummaryPage() {
  const { t } = useTranslation();
  const query = useSummary();
  return (
    <Page title={t('nav.me')} intro={t('me.summary.intro')}>
      <MyView query={query}>{(summary) => (summary.attached ? <Summary summary={summary} /> : <NotAttached />)}</MyView>
    </Page>
  );
}

function Summary({ summary }: { summary: Result<'me_summary'> }) {
  const { t } = useTranslation();
  const { requests, newest, readers, records, shares } = summary;
  const asked = requests.filter(({ state }) => state === 'open');
  return (
    <>
      <EmergencyNotices />
      <Section title={t('me.summary.requests')}>
        {asked.length === 0 ? (
          <Text c="dimmed">{t('me.summary.noRequests')}</Text>
        ) : (
          <ul className={classes.list}>
            {asked.map((request) => (
              <RequestLine key={request.request} request={request} />
            ))}
          </ul>
        )}
      </Section>
      <Section
        title={t('me.summary.newest')}
        aside={
          <ButtonLink to="/me/upload" variant="filled">
            {t('me.upload.title')}
          </ButtonLink>
        }
      >
        {newest.length === 0 ? (
          <Text c="dimmed">{t('me.summary.noRecords')}</Text>
        ) : (
          <>
            <RecordTable caption={t('me.summary.newest')} hideCaption records={newest} />
            <Text mt="sm">
              <Link to="/me/records" className={classes.target}>
                {t('me.summary.allRecords', { count: records })}
              </Link>
            </Text>
          </>
        )}
      </Section>
      <Section title={t('me.summary.readers')}>
        {readers.length === 0 ? (
          <Text c="dimmed">{t('me.summary.noReaders')}</Text>
        ) : (
          <ul className={classes.list}>
            {readers.map((access) => (
              <AccessLine key={access.event} access={access} />
            ))}
          </ul>
        )}
        <Text mt="sm">
          <Link to="/me/access" className={classes.target}>
            {t('me.summary.allReaders')}
          </Link>
        </Text>
      </Section>
      <Section title={t('nav.mySharing')}>
        <Text>{t('me.summary.shares', { count: shares })}</Text>
        <Text mt="sm">
          <Link to="/me/sharing" className={classes.target}>
            {t('me.summary.toSharing')}
          </Link>
        </Text>
      </Section>
      <Section title={t('me.summary.yours')}>
        <div className={classes.links}>
          <Link to="/me/emergency" className={classes.target}>
            {t('me.emergency.title')}
          </Link>
          <Link to="/me/takeout" className={classes.target}>
            {t('takeout.title')}
          </Link>
          <Link to="/me/erase" className={classes.target}>
            {t('erasure.title')}
          </Link>
          <Link to="/me/take-over" className={classes.target}>
            {t('takeOver.title')}
          </Link>
        </div>
      </Section>
    </>
  );
}
