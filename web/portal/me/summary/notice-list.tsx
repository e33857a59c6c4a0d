// What the patient is told: requests, emergencies, and what ends soon; newest first.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { MyNotice } from '../../../../rpc/schema/my-accesses.ts';
import { longTimeText } from '../../../shared/time/format.ts';
import { LongMoment } from '../../../shared/time/long-moment.tsx';
import { useTimePreferences } from '../../../shared/time/preferences.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import { careWord } from '../../parts/care-words.ts';
import classes from '../parts/me.module.css';
import { MyView } from '../parts/my-page.tsx';
import { useMyNotices } from '../parts/use-mine.ts';
import { personName } from '../parts/words.ts';

const WHERE = {
  request: '/me/requests',
  emergency: '/me/emergency',
  'share-ending': '/me/sharing',
  representative: '/me/people',
  'representative-ended': '/me/people',
  'take-over': '/me/take-over',
} as const satisfies Record<MyNotice['kind'], string>;

export function NoticeList() {
  const { t } = useTranslation();
  const query = useMyNotices();
  return (
    <MyView query={query} rows={3}>
      {({ notices }) =>
        notices.length === 0 ? (
          <Text c="dimmed">{t('me.notices.none')}</Text>
        ) : (
          <ul className={classes.list}>
            {notices.map((notice) => (
              <NoticeLine key={`${notice.kind} ${notice.about}`} notice={notice} />
            ))}
          </ul>
        )
      }
    </MyView>
  );
}

function NoticeLine({ notice }: { notice: MyNotice }) {
  const { t } = useTranslation();
  const { zone } = useTimePreferences();
  const { kind, at, who, text, clinic, clinicName } = notice;
  const said = {
    who: personName(t, who, { clinic, clinicName }),
    text,
    when: longTimeText(at, zone),
    why: careWord(t, 'reasons', text),
  };
  return (
    <li className={classes.row}>
      <div className={classes.main}>
        <bdi>{t(`me.notices.${kind}`, said)}</bdi>
        <span className={classes.note}>
          <LongMoment time={at} />
        </span>
      </div>
      <Link to={WHERE[kind]} className={classes.target}>
        {t('me.notices.look')}
      </Link>
    </li>
  );
}
