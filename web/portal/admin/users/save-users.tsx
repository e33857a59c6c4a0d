// All people that a filter finds, as a CSV file.
import { useTranslation } from 'react-i18next';
import type { AdminUser } from '../../../../rpc/schema/admin.ts';
import type { ParamsIn } from '../../../../rpc/schema/methods.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { csvTime } from '../../../shared/table/csv.ts';
import { useClinicName } from '../../parts/clinic-name.ts';
import { allPages, PAGE_MAX } from '../parts/all-pages.ts';
import { SaveCsv } from '../parts/save-csv.tsx';

const BETWEEN = '; ';

/** `filter`: without page and its size. */
export function SaveUsers({ filter }: { filter: ParamsIn<'admin_users'> }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const clinicName = useClinicName();
  const utc = (name: string): string => t('csv.utc', { name });
  const rows = () =>
    allPages(async (after: string | undefined) => {
      const page = { limit: PAGE_MAX, ...(after === undefined ? {} : { after }) };
      const { users, next } = await client.call('admin_users', { ...filter, ...page });
      return { rows: users, next };
    });
  return (
    <SaveCsv<AdminUser>
      file="people.csv"
      rows={rows}
      columns={{
        [t('admin.name')]: ({ displayName }) => displayName,
        [t('signIn.name')]: ({ name }) => name,
        [t('admin.role')]: ({ roles }) =>
          roles.map(({ role, clinic }) => `${t(`roles.${role}`)}, ${clinicName(clinic)}`).join(BETWEEN),
        [utc(t('admin.until'))]: ({ roles }) => roles.map(({ until }) => csvTime(until)).join(BETWEEN),
        [t('admin.secondFactor')]: ({ secondFactor }) => t(secondFactor ? 'admin.yes' : 'admin.no'),
        [utc(t('admin.lastSignIn'))]: ({ lastSignIn }) => (lastSignIn === null ? '' : csvTime(lastSignIn)),
        [t('admin.status')]: ({ state }) => t(`admin.states.${state}`),
        [utc(t('admin.user.registered'))]: ({ made }) => csvTime(made),
      }}
    />
  );
}
