// Who can read what of the patient, why and until when; each with the way to stop it. What has ended stands below.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { MyShare } from '../../../../rpc/schema/me.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { sentence } from '../../../shared/text/sentence.ts';
import { LongDay } from '../../../shared/time/long-moment.tsx';
import { ButtonLink, Link } from '../../../shared/ui/link.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import classes from '../parts/me.module.css';
import { MyView } from '../parts/my-page.tsx';
import { useMySharing } from '../parts/use-mine.ts';
import { categoryNames, sharedWithText, whyText } from '../parts/words.ts';
import { Branches } from './branches.tsx';
import { ShareState } from './share-state.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/me.ts';

export function SharingPage() {
  const { t } = useTranslation();
  const query = useMySharing();
  return (
    <Page title={t('nav.mySharing')} intro={t('me.sharing.intro')}>
      <div className={classes.above}>
        <ButtonLink to="/me/sharing/new" variant="filled" size="md">
          {t('me.sharing.new')}
        </ButtonLink>
      </div>
      <MyView query={query}>
        {({ shares, branches, takenOver }) => {
          // What is said of branches stands below in words.
          const named = shares.filter(({ organisationRuleOff }) => !organisationRuleOff);
          const isOver = ({ state }: MyShare) => state === 'revoked' || state === 'void';
          const active = named.filter((one) => !isOver(one));
          const ended = named.filter(isOver);
          return (
            <>
              {takenOver ? <Text className={classes.above}>{t('me.sharing.takenOver')}</Text> : null}
              {active.length === 0 ? (
                <Notice title={t('me.sharing.none')}>
                  <p>{t('me.sharing.noneText')}</p>
                </Notice>
              ) : (
                <ShareTable caption={t('me.sharing.caption')} shares={active} mayLift={takenOver} />
              )}
              {ended.length === 0 ? null : (
                <Section title={t('me.sharing.ended')}>
                  <ShareTable caption={t('me.sharing.ended')} hideCaption shares={ended} />
                </Section>
              )}
              {branches === null ? null : <Branches read={branches} />}
              <Text c="dimmed" className={classes.below}>
                {t('me.sharing.own')}
              </Text>
            </>
          );
        }}
      </MyView>
    </Page>
  );
}

interface ShareTableProps {
  readonly caption: string;
  readonly hideCaption?: boolean;
  readonly shares: readonly MyShare[];
  /** Whether she may say that what shuts somebody out is over. */
  readonly mayLift?: boolean;
}

function ShareTable({ caption, hideCaption = false, shares, mayLift = false }: ShareTableProps) {
  const { t } = useTranslation();
  const columns: Column<MyShare>[] = [
    {
      name: t('me.sharing.with'),
      wrap: true,
      cell: (share) => (
        <>
          <bdi>{sharedWithText(t, share)}</bdi>
          <span className={classes.note}>{t(`me.sharing.by.${share.by}`)}</span>
        </>
      ),
    },
    {
      name: t('me.records.what'),
      wrap: true,
      cell: ({ categories, narrowed }) => (
        <>
          {sentence(categoryNames(t, categories))}
          {narrowed ? <span className={classes.note}>{t('me.sharing.narrowed')}</span> : null}
        </>
      ),
    },
    { name: t('me.requests.why'), wrap: true, cell: ({ purposes }) => sentence(whyText(t, purposes)) },
    { name: t('admin.until'), cell: ({ ends }) => <LongDay time={ends} /> },
    { name: t('admin.status'), cell: (share) => <ShareState share={share} /> },
    {
      name: t('me.sharing.stopHeader'),
      cell: ({ share, state, effect }) =>
        state === 'active' && (effect === 'permit' || mayLift) ? (
          <Link to="/me/sharing/$share/stop" params={{ share }} className={classes.target}>
            {t(effect === 'permit' ? 'me.sharing.toStop' : 'me.sharing.toLift')}
          </Link>
        ) : (
          '–'
        ),
    },
  ];
  return (
    <DataTable
      caption={caption}
      hideCaption={hideCaption}
      columns={columns}
      rows={shares}
      rowKey={({ share }) => share}
    />
  );
}
