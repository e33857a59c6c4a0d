// The link of a new invitation, to copy, to scan, or on its way by mail.
import { Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { Deadline } from '../../../shared/time/moment.tsx';
import { Loading } from '../../../shared/ui/states.tsx';
import { ShownOnce } from '../parts/shown-once.tsx';

const QrCode = lazy(async () => ({ default: (await import('../../../shared/ui/qr-code.tsx')).QrCode }));

export function LinkOnce({ made, onDone }: { made: Result<'admin_invite'>; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <ShownOnce
      title={t('admin.invitations.made')}
      text={t(made.mailed ? 'admin.invitations.mailed' : 'admin.invitations.handOver')}
      label={t('admin.invitations.link')}
      value={made.link}
      onDone={onDone}
    >
      <Suspense fallback={<Loading rows={3} />}>
        <QrCode text={made.link} label={t('admin.invitations.qr')} />
      </Suspense>
      <Text>
        {t('admin.invitations.good')} <Deadline time={made.endsAt} />
      </Text>
    </ShownOnce>
  );
}
