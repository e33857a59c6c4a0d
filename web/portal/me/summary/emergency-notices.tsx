// Emergencies in which somebody opened the patient's records, above everything else: who, when, why, what one can do.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { MyNotice } from '../../../../rpc/schema/my-accesses.ts';
import { longTimeText } from '../../../shared/time/format.ts';
import { useTimePreferences } from '../../../shared/time/preferences.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import { careWord } from '../../parts/care-words.ts';
import classes from '../parts/me.module.css';
import { useMyNotices } from '../parts/use-mine.ts';
import { personName } from '../parts/words.ts';

export function EmergencyNotices() {
  const { data } = useMyNotices();
  return data?.notices
    .filter(({ kind, open }) => kind === 'emergency' && open)
    .map((notice) => <EmergencyNotice key={notice.about} notice={notice} />);
}

function EmergencyNotice({ notice }: { notice: MyNotice }) {
  const { t } = useTranslation();
  const { zone } = useTimePreferences();
  const { at, who, text, clinic, clinicName } = notice;
  return (
    <div className={classes.emergency} role="status">
      <strong>
        {t('me.notices.emergency', {
          who: personName(t, who, { clinic, clinicName }),
          when: longTimeText(at, zone),
          why: careWord(t, 'reasons', text),
        })}
      </strong>
      <Text c="inherit">
        {t('me.notices.looksWrong')}{' '}
        <Link to="/me/access" c="inherit" className={classes.target}>
          {t('me.notices.tellUs')}
        </Link>
      </Text>
    </div>
  );
}
