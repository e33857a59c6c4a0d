// What the chain says of a patient: registrations, and the records of every branch that this person may see.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { LongTable } from '../../../shared/table/virtual-table.tsx';
import { Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { StatusTag } from '../../../shared/ui/status-tag.tsx';
import { useClinicName } from '../../parts/clinic-name.ts';
import classes from '../parts/doctor.module.css';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/doctor.ts';

const route = getRouteApi('/person/clinicians/patients/$ref');

type Event = Result<'patient_history'>['events'][number];

export function HistoryPage() {
  const { t } = useTranslation();
  const { client } = useNode();
  const { ref: patient } = route.useParams();
  const clinicName = useClinicName();
  const query = useQuery({
    queryKey: ['doctor', 'history', patient],
    queryFn: ({ signal }) => client.call('patient_history', { patient }, signal),
  });
  const when = t('doctor.history.when');
  const columns: Column<Event>[] = [
    {
      name: t('doctor.history.what'),
      wrap: true,
      cell: ({ type, statement }) => (
        <Link to="/explorer/statements/$id" params={{ id: statement }} className={classes.target}>
          {t(`doctor.history.types.${type}`)}
        </Link>
      ),
    },
    {
      name: t('doctor.record.clinic'),
      wrap: true,
      cell: ({ clinic }) => <bdi className={classes.words}>{clinicName(clinic)}</bdi>,
    },
    {
      name: when,
      header: <MomentHeader age={when} time={when} />,
      sort: 'descending',
      cell: ({ timestamp }) => <Moment time={timestamp} />,
    },
    { name: t('doctor.record.state'), cell: ({ status }) => <StatusTag status={status} /> },
  ];
  return (
    <Page title={t('doctor.history.title')} intro={t('doctor.history.intro')}>
      <QueryView query={query}>
        {({ events }) =>
          events.length === 0 ? (
            <Notice title={t('doctor.nothing')}>
              <p>{t('doctor.history.empty')}</p>
            </Notice>
          ) : (
            <LongTable
              caption={t('doctor.history.title')}
              hideCaption
              columns={columns}
              rows={[...events].reverse()}
              rowKey={({ statement, record, type }) => `${statement} ${record} ${type}`}
              filterLabel={t('doctor.record.find')}
              filterText={({ type, clinic }) =>
                `${t(`doctor.history.types.${type}`)} ${clinicName(clinic)}`.toLowerCase()
              }
            />
          )
        }
      </QueryView>
    </Page>
  );
}
