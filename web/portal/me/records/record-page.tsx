// One record of the patient: what it is, its content, what became of it. Opening it is a reading, and is written down.
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { MyRecord } from '../../../../rpc/schema/me.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { bytesText } from '../../../shared/text/numbers.ts';
import { LongMoment } from '../../../shared/time/long-moment.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import classes from '../parts/me.module.css';
import { MyView } from '../parts/my-page.tsx';
import { Person } from '../parts/person.tsx';
import { RecordStatus } from '../parts/record-status.tsx';
import { recordKey, useOpened } from '../parts/use-mine.ts';
import { RecordContent } from './record-content.tsx';
import { RecordHistory } from './record-history.tsx';
import { kindName, recordTitle } from './record-title.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/me.ts';

const route = getRouteApi('/person/patients/me/records/$record');

export function RecordPage() {
  const { t } = useTranslation();
  const { client } = useNode();
  const { record: id } = route.useParams();
  const search = route.useSearch();
  const version = /^[1-9]\d{0,8}$/.test(search.version ?? '') ? Number(search.version) : undefined;
  const query = useQuery({
    queryKey: ['mine', 'record', id, version],
    queryFn: ({ signal }) =>
      client.call('me_recordRead', { record: id, ...(version === undefined ? {} : { version }) }, signal),
    // Each reading is an entry for the patient and the clinic.
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return (
    <Page title={t('me.record.title')}>
      <MyView query={query} rows={6}>
        {(read) => (
          <>
            <RecordFacts record={read.record} />
            <Section title={t('me.record.content')}>
              <RecordContent key={recordKey(read.record)} read={read} />
            </Section>
            <Section title={t('me.record.history')}>
              <RecordHistory history={read.history} shown={read.record} />
            </Section>
            <div className={`${classes.buttons} ${classes.below}`}>
              <ButtonLink to="/me/sharing/new" search={{ category: read.record.category }}>
                {t('me.record.share')}
              </ButtonLink>
              <ButtonLink to="/me/records">{t('me.record.toList')}</ButtonLink>
            </div>
          </>
        )}
      </MyView>
    </Page>
  );
}

function RecordFacts({ record }: { record: MyRecord }) {
  const { t } = useTranslation();
  const [shown = record] = useOpened([record]);
  const { date, category, kind, writtenBy, size, status, mode, amendment, reason } = shown;
  return (
    <Facts
      facts={[
        { label: t('me.records.what'), value: <bdi>{recordTitle(t, shown)}</bdi> },
        { label: t('me.records.category'), value: t(`care.categories.${category}`) },
        ...(kind === null || kind === 'document' || shown.title === ''
          ? []
          : [{ label: t('me.record.kind'), value: kindName(t, kind) }]),
        { label: t('me.records.date'), value: <LongMoment time={date} /> },
        {
          label: t('me.records.writtenBy'),
          value: <Person who={writtenBy} clinic={record.clinic} clinicName={record.clinicName} />,
        },
        { label: t('admin.status'), value: <RecordStatus status={status} /> },
        ...(amendment === 'original'
          ? []
          : [
              {
                label: t('me.record.amendment'),
                value: (
                  <>
                    {t(`me.record.amendments.${amendment}`)}
                    {reason === '' ? null : (
                      <span className={classes.note}>
                        <bdi>{reason}</bdi>
                      </span>
                    )}
                  </>
                ),
              },
            ]),
        ...(size === null ? [] : [{ label: t('me.record.size'), value: bytesText(size) }]),
        {
          label: t('me.record.who'),
          value: <Text span>{t(mode === 'vault' ? 'me.record.vault' : 'me.record.clinic')}</Text>,
        },
      ]}
    />
  );
}
