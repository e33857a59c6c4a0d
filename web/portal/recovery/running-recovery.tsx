// Somebody asks to get into the person's account by trusted people: she sees it wherever she is signed in, and stops it here.
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Said } from '../../shared/form/said.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { Deadline } from '../../shared/time/moment.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { useAct } from '../parts/use-act.ts';
import { useRecovery } from './use-recovery.ts';

export function RunningRecovery() {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useAct();
  const { request, guarding } = useRecovery().data ?? {};
  if (request?.state !== 'waiting' || guarding == null) return <Said said={act.said} />;
  const stop = () => act.run(() => client.call('recovery_stop', { request: request.id }), t('trust.stopped'));
  return (
    <Notice title={t('trust.running')}>
      <p>
        {t('trust.runningText', { count: request.released, needed: guarding.threshold })}{' '}
        <Deadline time={request.until} />
      </p>
      <Button onClick={() => void stop()}>{t('trust.stop')}</Button>
      <Said said={act.said} />
    </Notice>
  );
}
