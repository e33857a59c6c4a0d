// What became of a record, oldest first: as it was written, what was added, corrected or withdrawn, each time with the reason.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { MyRecord } from '../../../../rpc/schema/me.ts';
import { LongMoment } from '../../../shared/time/long-moment.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import classes from '../parts/me.module.css';
import { recordKey } from '../parts/use-mine.ts';
import { personName, placeName } from '../parts/words.ts';

export function RecordHistory({ history, shown }: { history: readonly MyRecord[]; shown: MyRecord }) {
  const { t } = useTranslation();
  if (history.length < 2) return <Text c="dimmed">{t('me.record.neverAmended')}</Text>;
  return (
    <ol className={classes.list}>
      {history.map((version) => (
        <li key={recordKey(version)} className={classes.row}>
          <div className={classes.main}>
            <span className={classes.name}>{t(`me.record.amendments.${version.amendment}`)}</span>
            <span className={classes.note}>
              <LongMoment time={version.date} />, <bdi>{personName(t, version.writtenBy, version)}</bdi>,{' '}
              <bdi>{placeName(t, version)}</bdi>
            </span>
            {version.reason === '' ? null : (
              <span className={classes.note}>
                <bdi>{version.reason}</bdi>
              </span>
            )}
          </div>
          {recordKey(version) === recordKey(shown) ? (
            <Text c="dimmed">{t('me.record.shown')}</Text>
          ) : (
            <Link
              to="/me/records/$record"
              params={{ record: version.record }}
              search={{ version: String(version.version) }}
              className={classes.target}
            >
              {t('me.record.look')}
            </Link>
          )}
        </li>
      ))}
    </ol>
  );
}
