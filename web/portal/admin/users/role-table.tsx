// The roles that a person has, at this clinic and at others of the organisation.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { AdminUser } from '../../../../rpc/schema/admin.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { Deadline } from '../../../shared/time/moment.tsx';
import { useClinicName } from '../../parts/clinic-name.ts';

type Role = AdminUser['roles'][number];

export function RoleTable({ roles }: { roles: readonly Role[] }) {
  const { t } = useTranslation();
  const clinicName = useClinicName();
  if (roles.length === 0) return <Text c="dimmed">{t('admin.user.noRoles')}</Text>;
  const columns: Column<Role>[] = [
    { name: t('admin.role'), cell: ({ role }) => t(`roles.${role}`) },
    { name: t('admin.at'), wrap: true, cell: ({ clinic }) => <bdi>{clinicName(clinic)}</bdi> },
    { name: t('admin.until'), cell: ({ until }) => <Deadline time={until} /> },
  ];
  return (
    <DataTable
      caption={t('account.roles')}
      hideCaption
      columns={columns}
      rows={roles}
      rowKey={({ clinic, role }) => `${clinic} ${role}`}
    />
  );
}
