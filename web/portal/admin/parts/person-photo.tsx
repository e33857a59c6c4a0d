// The photo of a person as others see it.
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import classes from './admin.module.css';

export function PersonPhoto({ user, name }: { user: string; name: string }) {
  const { client } = useNode();
  const query = useQuery({
    queryKey: ['admin', 'photo', user],
    queryFn: ({ signal }) => client.call('account_photoGet', { user }, signal),
  });
  return (
    <QueryView query={query} rows={1}>
      {(photo) => <Image photo={photo} name={name} />}
    </QueryView>
  );
}

export function Image({ photo, name }: { photo: Result<'account_photoGet'>; name: string }) {
  const { t } = useTranslation();
  if (photo === null) return <Text c="dimmed">{t('photo.none')}</Text>;
  return (
    <img
      className={classes.photo}
      src={`data:${photo.type};base64,${photo.bytes}`}
      alt={t('admin.photoOf', { name })}
    />
  );
}
