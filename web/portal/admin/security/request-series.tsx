// Requests of the last day by the hour: a chart whose title is the answer, and the same as a table.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { numberText } from '../../../shared/text/numbers.ts';
import { FullMoment } from '../../../shared/time/moment.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { allOf, stoppedOf } from './counts.ts';
import classes from './security.module.css';

type Bucket = Result<'threat_stats'>['series']['buckets'][number];

const HOUR_MS = 3_600_000;
const EVERY_MS = 15_000;
const [WIDTH, HEIGHT] = [720, 160];

export function RequestSeries() {
  const { t } = useTranslation();
  const { client } = useNode();
  const query = useQuery({
    queryKey: ['admin', 'threat-stats'],
    queryFn: ({ signal }) => client.call('threat_stats', { bucketMs: HOUR_MS }, signal),
    staleTime: 0,
    refetchInterval: EVERY_MS,
  });
  return (
    <QueryView query={query}>
      {({ total, series: { buckets }, log }) => (
        <>
          <figure className={classes.chart}>
            <figcaption>
              {t('defence.seriesTitle', { count: allOf(total), stopped: numberText(stoppedOf(total)) })}
            </figcaption>
            <Lines buckets={buckets} />
          </figure>
          <details className={classes.details}>
            <summary>{t('defence.asTable')}</summary>
            <SeriesTable buckets={buckets} />
          </details>
          <Facts
            facts={[
              { label: t('defence.entries'), value: numberText(log.entries) },
              { label: t('defence.retention'), value: t('defence.days', { count: log.retentionDays }) },
              { label: t('defence.lost'), value: numberText(log.lost), hint: t('defence.lostHint') },
            ]}
          />
        </>
      )}
    </QueryView>
  );
}

/** Said by the title above and the table below: hidden from those who do not see it. */
function Lines({ buckets }: { buckets: readonly Bucket[] }) {
  const { t } = useTranslation();
  const highest = Math.max(0, ...buckets.map(allOf));
  const scale = Math.max(1, highest);
  const points = (value: (bucket: Bucket) => number) =>
    buckets
      .map((bucket, place) => {
        const x = (place / Math.max(1, buckets.length - 1)) * WIDTH;
        return `${x.toFixed(1)},${(HEIGHT - (value(bucket) / scale) * (HEIGHT - 8)).toFixed(1)}`;
      })
      .join(' ');
  return (
    <div aria-hidden>
      <p className={classes.axis}>{t('defence.highest', { highest: numberText(highest) })}</p>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" className={classes.lines} role="presentation">
        <path d={`M0 ${HEIGHT}H${WIDTH}`} className={classes.base} />
        <polyline points={points(allOf)} className={classes.all} />
        <polyline points={points(stoppedOf)} className={classes.stopped} />
      </svg>
      <p className={classes.legend}>
        <span data-line="all">{t('defence.all')}</span>
        <span data-line="stopped">{t('defence.stopped')}</span>
      </p>
    </div>
  );
}

function SeriesTable({ buckets }: { buckets: readonly Bucket[] }) {
  const { t } = useTranslation();
  const columns: Column<Bucket>[] = [
    { name: t('defence.from'), cell: ({ from }) => <FullMoment time={from} /> },
    ...(['allow', 'challenge', 'limit', 'refuse'] as const).map(
      (action): Column<Bucket> => ({
        name: t(`defence.actions.${action}`),
        numeric: true,
        cell: (bucket) => numberText(bucket[action]),
      }),
    ),
  ];
  return (
    <DataTable
      caption={t('defence.seriesAxis')}
      columns={columns}
      rows={[...buckets].reverse()}
      rowKey={({ from }) => from}
    />
  );
}
