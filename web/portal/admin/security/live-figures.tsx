// Requests of the last minute, and how many of them were not let through.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { numberText } from '../../../shared/text/numbers.ts';
import { Figures } from '../../../shared/ui/facts.tsx';
import { allOf, stoppedOf } from './counts.ts';
import { useTraffic } from './use-traffic.ts';

export function LiveFigures() {
  const { t } = useTranslation();
  const traffic = useTraffic();
  if (traffic === undefined) return <Text c="dimmed">{t('defence.waitingLive')}</Text>;
  const { minute } = traffic;
  return (
    <Figures
      facts={[
        { label: t('defence.perMinute'), value: numberText(allOf(minute)) },
        { label: t('defence.stoppedMinute'), value: numberText(stoppedOf(minute)), hint: t('defence.stoppedHint') },
        ...(['challenge', 'limit', 'refuse'] as const).map((action) => ({
          label: t(`defence.actions.${action}`),
          value: numberText(minute[action]),
        })),
      ]}
    />
  );
}
