// The device keys of a person's account, and whether somebody is bringing the account back just now.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { Ident } from '../../../shared/ui/ident.tsx';
import classes from '../parts/admin.module.css';

type Device = Result<'admin_user'>['devices'][number];

export function UserDevices({ devices, recovery }: { devices: readonly Device[]; recovery: boolean }) {
  const { t } = useTranslation();
  const columns: Column<Device>[] = [
    { name: t('admin.user.key'), cell: ({ key }) => <Ident value={key} label={t('keys.key')} /> },
    { name: t('admin.status'), wrap: true, cell: ({ status }) => t(`keys.${status}`) },
  ];
  return (
    <div className={classes.lines}>
      {recovery ? <Text>{t('admin.user.recovery')}</Text> : null}
      {devices.length === 0 ? (
        <Text c="dimmed">{t('admin.user.noDevices')}</Text>
      ) : (
        <DataTable caption={t('keys.title')} hideCaption columns={columns} rows={devices} rowKey={({ key }) => key} />
      )}
    </div>
  );
}
