// An emergency that is open for this patient: how long it still lasts, and the way to end it at once.
import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { EmergencyView } from '../../../../rpc/schema/emergency.ts';
import { Said } from '../../../shared/form/said.tsx';
import { useAction } from '../../../shared/form/use-action.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { Deadline } from '../../../shared/time/moment.tsx';
import { useOpenEmergency } from '../data/emergency.ts';
import classes from './doctor.module.css';

export function EmergencyBanner({ handle }: { handle: string }) {
  const emergency = useOpenEmergency(handle);
  return emergency === undefined ? null : <Countdown emergency={emergency} />;
}

function Countdown({ emergency: { emergency, ends } }: { emergency: EmergencyView }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const queries = useQueryClient();
  const action = useAction();
  const left = useLeft(ends);
  const end = () =>
    void action.run(async () => {
      await client.call('emergency_close', { emergency });
      await queries.invalidateQueries({ queryKey: ['doctor'] });
    });
  return (
    <section aria-label={t('doctor.emergency.open')} className={classes.emergency}>
      <div>
        <strong>{t('doctor.emergency.open')}</strong>
        <span>
          {t('doctor.emergency.left', { left })} <Deadline time={ends} />
        </span>
        <Said said={action.said} />
      </div>
      <Button className={classes.end} onClick={end} loading={action.busy}>
        {t('doctor.emergency.end')}
      </Button>
    </section>
  );
}

/** `1:53:07`; renders each second. */
function useLeft(ends: number): string {
  const { nodeClock } = useNode();
  const words = useCallback(() => leftText(ends - nodeClock.now()), [ends, nodeClock]);
  return useSyncExternalStore(nodeClock.onTick, words);
}

function leftText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
