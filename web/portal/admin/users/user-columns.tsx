// What the list of people shows of each.
import { useTranslation } from 'react-i18next';
import type { AdminUser } from '../../../../rpc/schema/admin.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import classes from '../parts/admin.module.css';
import { PersonState } from '../parts/person-state.tsx';
import { RoleEnds, RoleNames } from '../parts/role-lines.tsx';

export function useUserColumns(): Column<AdminUser>[] {
  const { t } = useTranslation();
  const lastSignIn = t('admin.lastSignIn');
  return [
    {
      name: t('admin.name'),
      wrap: true,
      sort: 'ascending',
      cell: ({ user, name, displayName }) => (
        <>
          <Link to="/admin/users/$user" params={{ user }} className={classes.target}>
            <bdi>{displayName}</bdi>
          </Link>
          <bdi className={classes.note}>{name}</bdi>
        </>
      ),
    },
    { name: t('admin.role'), cell: ({ roles }) => <RoleNames roles={roles} /> },
    { name: t('admin.until'), cell: ({ roles }) => <RoleEnds roles={roles} /> },
    { name: t('admin.secondFactor'), cell: ({ secondFactor }) => t(secondFactor ? 'admin.yes' : 'admin.no') },
    {
      name: lastSignIn,
      header: <MomentHeader age={lastSignIn} time={lastSignIn} />,
      cell: ({ lastSignIn: at }) => (at === null ? t('admin.never') : <Moment time={at} />),
    },
    { name: t('admin.status'), cell: ({ state }) => <PersonState state={state} /> },
  ];
}
