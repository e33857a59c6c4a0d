// The device keys of a person's account, and whether somebody is bringing the account back just now.
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { Deadline } from '../../../shared/time/moment.tsx';
import { Ident } from '../../../shared/ui/ident.tsx';
import classes from '../parts/admin.module.css';

type Device = Result<'admin_user'>['devices'][number];

export interface UserDevicesProps {
  readonly account: string | null;
  readonly devices: readonly Device[];
}

export function UserDevices({ account, devices }: UserDevicesProps) {
  const { t } = useTranslation();
  const columns: Column<Device>[] = [
    { name: t('admin.user.key'), cell: ({ key }) => <Ident value={key} label={t('keys.key')} /> },
    { name: t('admin.status'), wrap: true, cell: ({ status }) => t(`keys.${status}`) },
  ];
  return (
    <div className={classes.lines}>
      {account === null || devices.length === 0 ? null : <Recovery account={account} />}
      {devices.length === 0 ? (
        <Text c="dimmed">{t('admin.user.noDevices')}</Text>
      ) : (
        <DataTable caption={t('keys.title')} hideCaption columns={columns} rows={devices} rowKey={({ key }) => key} />
      )}
    </div>
  );
}

function Recovery({ account }: { account: string }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const { data } = useQuery({
    queryKey: ['admin', 'account', account],
    queryFn: ({ signal }) => client.call('account_get', { account }, signal),
    staleTime: 0,
  });
  if (data?.recovery?.state !== 'open') return null;
  return (
    <Text>
      {t('admin.user.recovery')} <Deadline time={data.recovery.ready} />
    </Text>
  );
}
