// Emergencies that were opened here, or with this clinic's help: by whom, why, how long, and whether they were reviewed.
import { useTranslation } from 'react-i18next';
import type { EmergencyView } from '../../../../rpc/schema/emergency.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { durationText } from '../../../shared/time/format.ts';
import { Deadline, Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import { ShortIdent } from '../../../shared/ui/ident.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { careWord } from '../../parts/care-words.ts';
import { useClinicName } from '../../parts/clinic-name.ts';
import classes from '../parts/admin.module.css';
import { useEmergencies } from './use-emergencies.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';

export function EmergenciesPage() {
  const { t } = useTranslation();
  const query = useEmergencies();
  return (
    <Page title={t('nav.emergencies')} intro={t('admin.emergencies.intro')}>
      <QueryView query={query}>
        {({ emergencies }) =>
          emergencies.length === 0 ? (
            <Notice title={t('admin.emergencies.none')} live={false}>
              <p>{t('admin.emergencies.noneText')}</p>
            </Notice>
          ) : (
            <EmergencyTable emergencies={emergencies} />
          )
        }
      </QueryView>
    </Page>
  );
}

function EmergencyTable({ emergencies }: { emergencies: readonly EmergencyView[] }) {
  const { t } = useTranslation();
  const clinicName = useClinicName();
  const opened = t('admin.emergencies.opened');
  const columns: Column<EmergencyView>[] = [
    {
      name: opened,
      header: <MomentHeader age={opened} time={opened} />,
      sort: 'descending',
      cell: ({ emergency, opened: at }) => (
        <Link to="/admin/emergencies/$emergency" params={{ emergency }} className={classes.target}>
          <Moment time={at} />
        </Link>
      ),
    },
    {
      name: t('admin.emergencies.by'),
      wrap: true,
      cell: ({ who, account, clinic }) => (
        <>
          {who === null ? <ShortIdent value={account} /> : <bdi>{who}</bdi>}
          <span className={classes.note}>
            <bdi>{clinicName(clinic)}</bdi>
          </span>
        </>
      ),
    },
    {
      name: t('admin.reason'),
      wrap: true,
      cell: ({ reason, text }) => (
        <>
          {careWord(t, 'reasons', reason)}
          <span className={classes.note}>{text}</span>
        </>
      ),
    },
    {
      name: t('admin.emergencies.length'),
      cell: ({ opened: at, closed, ends }) => durationText((closed ?? ends) - at),
    },
    {
      name: t('admin.emergencies.reviewDue'),
      cell: ({ review, reviewDue }) => (review === null ? <Deadline time={reviewDue} /> : '–'),
    },
    { name: t('admin.status'), wrap: true, cell: (emergency) => <EmergencyState emergency={emergency} /> },
  ];
  return (
    <DataTable
      caption={t('admin.emergencies.caption')}
      columns={columns}
      rows={emergencies}
      rowKey={({ emergency }) => emergency}
    />
  );
}

export function EmergencyState({ emergency: { state, review } }: { emergency: EmergencyView }) {
  const { t } = useTranslation();
  return (
    <>
      {t(`admin.emergencies.states.${state}`)}
      {review === null ? null : <span className={classes.note}>{careWord(t, 'reasons', review.verdict)}</span>}
    </>
  );
}
