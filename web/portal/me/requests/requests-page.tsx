// Who asked to read what of the patient: what waits for an answer first, and what was answered.
import { useTranslation } from 'react-i18next';
import type { MyRequest } from '../../../../rpc/schema/me.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { sentence } from '../../../shared/text/sentence.ts';
import { LongDay } from '../../../shared/time/long-moment.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import classes from '../parts/me.module.css';
import { MyView } from '../parts/my-page.tsx';
import { Person } from '../parts/person.tsx';
import { useMyRequests } from '../parts/use-mine.ts';
import { categoryNames, whyText } from '../parts/words.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/me.ts';

export function RequestsPage() {
  const { t } = useTranslation();
  const query = useMyRequests();
  return (
    <Page title={t('nav.myRequests')} intro={t('me.requests.intro')}>
      <MyView query={query}>
        {({ requests }) =>
          requests.length === 0 ? (
            <Notice title={t('me.requests.none')}>
              <p>{t('me.requests.noneText')}</p>
            </Notice>
          ) : (
            <RequestTable requests={[...requests].sort((a, b) => waits(b) - waits(a) || b.at - a.at)} />
          )
        }
      </MyView>
    </Page>
  );
}

const waits = ({ state }: MyRequest): number => Number(state === 'open');

function RequestTable({ requests }: { requests: readonly MyRequest[] }) {
  const { t } = useTranslation();
  const columns: Column<MyRequest>[] = [
    {
      name: t('me.requests.from'),
      wrap: true,
      cell: ({ from }) => <Person who={from} clinic={from.clinic} clinicName={from.clinicName} />,
    },
    { name: t('me.requests.what'), wrap: true, cell: ({ categories }) => sentence(categoryNames(t, categories)) },
    {
      name: t('me.requests.why'),
      wrap: true,
      cell: ({ purpose, reason }) => (
        <>
          {sentence(whyText(t, [purpose]))}
          <span className={classes.note}>
            <bdi>{reason}</bdi>
          </span>
        </>
      ),
    },
    { name: t('admin.until'), cell: ({ until }) => <LongDay time={until} /> },
    {
      name: t('me.requests.answer'),
      wrap: true,
      cell: ({ request, state }) =>
        state === 'open' ? (
          <Link to="/me/requests/$request" params={{ request }} className={classes.target}>
            {t('me.requests.toAnswer')}
          </Link>
        ) : (
          t(`me.requests.states.${state}`)
        ),
    },
  ];
  return (
    <DataTable caption={t('me.requests.caption')} columns={columns} rows={requests} rowKey={({ request }) => request} />
  );
}
