// What patients ask to have erased, and the erasures and holds of this clinic.
import { useTranslation } from 'react-i18next';
import type { ErasureView, ErasureWishView } from '../../../../rpc/schema/erasure.ts';
import { useActing } from '../../../shared/session/session-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import classes from '../parts/admin.module.css';
import { PatientCell, WishPatient } from './patient-cell.tsx';
import { useErasures, useWishes } from './use-erasures.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/doctor.ts';
import '../../../shared/text/en/own-data.ts';

export function ErasuresPage() {
  const { t } = useTranslation();
  const wishes = useWishes();
  const erasures = useErasures();
  return (
    <Page title={t('nav.erasures')} intro={t('erasures.intro')}>
      <QueryView query={wishes}>
        {({ wishes: all }) => {
          const waiting = all.filter(({ state }) => state === 'waiting');
          return (
            <Section title={t('erasures.wishes')}>
              {waiting.length === 0 ? <p>{t('erasures.noWishes')}</p> : <WishTable wishes={waiting} />}
            </Section>
          );
        }}
      </QueryView>
      <QueryView query={erasures}>
        {({ erasures: all }) => (
          <Section title={t('erasures.caption')}>
            {all.length === 0 ? (
              <Notice title={t('erasures.none')} live={false}>
                <p>{t('erasures.noneText')}</p>
              </Notice>
            ) : (
              <ErasureTable erasures={all} />
            )}
          </Section>
        )}
      </QueryView>
    </Page>
  );
}

function WishTable({ wishes }: { wishes: readonly ErasureWishView[] }) {
  const { t } = useTranslation();
  const { role } = useActing();
  const asked = t('erasures.asked');
  const columns: Column<ErasureWishView>[] = [
    {
      name: t('erasures.patient'),
      wrap: true,
      cell: (wish) => (
        <>
          <WishPatient wish={wish} />
          {wish.as === 'guardian' ? <span className={classes.note}>{t('erasures.byGuardian')}</span> : null}
        </>
      ),
    },
    { name: asked, header: <MomentHeader age={asked} time={asked} />, cell: ({ asked: at }) => <Moment time={at} /> },
    { name: t('erasures.words'), wrap: true, cell: ({ text }) => (text === '' ? '–' : <bdi>{text}</bdi>) },
    {
      name: t('erasures.answer'),
      cell: ({ wish }) =>
        role === 'auditor' ? (
          '–'
        ) : (
          <Link to="/admin/erasures/wishes/$wish" params={{ wish }} className={classes.target}>
            {t('erasures.toAnswer')}
          </Link>
        ),
    },
  ];
  return (
    <DataTable caption={t('erasures.wishes')} hideCaption columns={columns} rows={wishes} rowKey={({ wish }) => wish} />
  );
}

function ErasureTable({ erasures }: { erasures: readonly ErasureView[] }) {
  const { t } = useTranslation();
  const asked = t('erasures.asked');
  const columns: Column<ErasureView>[] = [
    {
      name: t('erasures.what'),
      cell: ({ erasure, kind }) => (
        <Link to="/admin/erasures/$erasure" params={{ erasure }} className={classes.target}>
          {t(`erasures.kinds.${kind}`)}
        </Link>
      ),
    },
    { name: t('erasures.patient'), wrap: true, cell: ({ handle }) => <PatientCell handle={handle} /> },
    {
      name: asked,
      header: <MomentHeader age={asked} time={asked} />,
      sort: 'descending',
      cell: ({ asked: at }) => <Moment time={at} />,
    },
    { name: t('admin.reason'), wrap: true, cell: ({ text }) => <bdi>{text}</bdi> },
    {
      name: t('erasures.approvals'),
      cell: ({ kind, approvals }) => (kind === 'hold' ? '–' : t('erasures.ofTwo', { count: approvals.length })),
    },
    { name: t('admin.status'), wrap: true, cell: (erasure) => <ErasureState erasure={erasure} /> },
  ];
  return (
    <DataTable
      caption={t('erasures.caption')}
      hideCaption
      columns={columns}
      rows={erasures}
      rowKey={({ erasure }) => erasure}
    />
  );
}

export function ErasureState({ erasure: { kind, state } }: { erasure: Pick<ErasureView, 'kind' | 'state'> }) {
  const { t } = useTranslation();
  if (kind === 'hold') return t(state === 'done' ? 'erasures.released' : 'erasures.holding');
  return t(`erasures.states.${state}`);
}
