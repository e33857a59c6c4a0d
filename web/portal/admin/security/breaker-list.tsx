// Circuit breakers that are open: at which gateway, why, what that means; an administrator closes one.
import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { BreakerView } from '../../../../rpc/schema/security.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { numberText } from '../../../shared/text/numbers.ts';
import { FullMoment } from '../../../shared/time/moment.tsx';
import { type Fact, Facts } from '../../../shared/ui/facts.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { ActForm } from './act-form.tsx';
import classes from './security.module.css';

const EVERY_MS = 15_000;

export interface BreakerListProps {
  /** Undefined for those who only look. */
  readonly onRelease: ((breaker: BreakerView) => void) | undefined;
}

export function BreakerList({ onRelease }: BreakerListProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const query = useQuery({
    queryKey: ['admin', 'threat-breakers'],
    queryFn: ({ signal }) => client.call('threat_breakers', {}, signal),
    staleTime: 0,
    refetchInterval: EVERY_MS,
  });
  return (
    <QueryView query={query} rows={1}>
      {({ breakers }) =>
        breakers.length === 0 ? (
          <Text c="dimmed">{t('defence.breakersNone')}</Text>
        ) : (
          <ul className={classes.breakers}>
            {breakers.map((breaker) => (
              <li key={`${breaker.gateway} ${breaker.breaker}`}>
                <h3>{t(`defence.breakers.${breaker.breaker}`)}</h3>
                <Facts facts={factsOf(t, breaker)} />
                {breaker.releasing ? (
                  <Text>{t('defence.releasing')}</Text>
                ) : onRelease === undefined ? null : (
                  <Button variant="default" onClick={() => onRelease(breaker)}>
                    {t('defence.releaseThis')}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )
      }
    </QueryView>
  );
}

export function ReleaseForm({ breaker, onDone }: { breaker: BreakerView; onDone: () => void }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const { gateway } = breaker;
  const release = async () => {
    const { releasing } = await client.call('threat_release', {
      breaker: breaker.breaker,
      ...(gateway === null ? {} : { gateway }),
    });
    return t(releasing ? 'defence.releasing' : 'defence.releasedNow');
  };
  return (
    <ActForm
      title={t('defence.releaseTitle')}
      facts={[
        ...factsOf(t, breaker),
        { label: t('defence.releaseMeans'), value: t(`defence.released.${breaker.breaker}`) },
      ]}
      choices={[]}
      submit={t('defence.releaseSubmit')}
      doneTitle={t('defence.releaseDone')}
      act={release}
      back={t('defence.back')}
      onDone={onDone}
    />
  );
}

function factsOf(t: TFunction, { breaker, gateway, since, cause, hit, of, waiting }: BreakerView): readonly Fact[] {
  const numbers = { hit: numberText(hit), of: numberText(of) };
  const effect: Fact = {
    label: t('defence.whatItDoes'),
    value: t(`defence.breakerEffects.${breaker}`, { count: waiting }),
  };
  return [
    { label: t('defence.gateway'), value: gateway === null ? t('defence.ownDoors') : <bdi>{gateway}</bdi> },
    { label: t('defence.openSince'), value: <FullMoment time={since} /> },
    { label: t('defence.cause'), value: t(`defence.causes.${cause}`, numbers) },
    effect,
    { label: t('defence.howItEnds'), value: t(`defence.breakerEnds.${breaker}`) },
  ];
}
