// Take-overs of patients of this clinic that wait for its word, or that its objection stops.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { TakeOverAnswer } from '../../../../rpc/schema/take-over.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { Deadline } from '../../../shared/time/moment.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { ClinicNames } from '../../doctor/parts/clinic-names.tsx';
import { phaseOf } from '../../parts/take-over-facts.tsx';
import { PatientCell } from '../erasures/patient-cell.tsx';
import classes from '../parts/admin.module.css';
import { useTakeOvers } from './use-take-overs.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/doctor.ts';
import '../../../shared/text/en/take-over.ts';

export function TakeOversPage() {
  const { t } = useTranslation();
  const query = useTakeOvers();
  return (
    <Page title={t('nav.takeOvers')} intro={t('takeOver.adminIntro')}>
      <QueryView query={query}>
        {({ takeOvers, more }) =>
          takeOvers.length === 0 ? (
            <Notice title={t('takeOver.noneWait')} live={false}>
              <p>{t('takeOver.noneWaitText')}</p>
            </Notice>
          ) : (
            <>
              <TakeOverTable takeOvers={takeOvers} />
              {more ? <Text>{t('takeOver.more')}</Text> : null}
            </>
          )
        }
      </QueryView>
    </Page>
  );
}

function TakeOverTable({ takeOvers }: { takeOvers: readonly TakeOverAnswer[] }) {
  const { t } = useTranslation();
  const { nodeClock } = useNode();
  const columns: Column<TakeOverAnswer>[] = [
    { name: t('takeOver.patient'), wrap: true, cell: ({ handle }) => <PatientCell handle={handle} /> },
    {
      name: t('takeOver.witnesses'),
      wrap: true,
      cell: ({ witnesses }) => <ClinicNames clinics={witnesses} />,
    },
    { name: t('takeOver.ends'), cell: ({ readyAt }) => (readyAt === null ? '–' : <Deadline time={readyAt} />) },
    {
      name: t('takeOver.state'),
      wrap: true,
      cell: (takeOver) => t(`takeOver.phases.${phaseOf(takeOver, nodeClock.now())}`),
    },
    {
      name: t('takeOver.answer'),
      cell: ({ takeOver }) => (
        <Link to="/admin/take-overs/$takeOver" params={{ takeOver }} className={classes.target}>
          {t('takeOver.look')}
        </Link>
      ),
    },
  ];
  return (
    <DataTable
      caption={t('takeOver.list')}
      hideCaption
      columns={columns}
      rows={takeOvers}
      rowKey={({ takeOver }) => takeOver}
    />
  );
}
