// One access as a sentence: who did what, when, why.
import { useTranslation } from 'react-i18next';
import type { MyAccess } from '../../../../rpc/schema/my-accesses.ts';
import { inSentence } from '../../../shared/text/sentence.ts';
import { longTimeText } from '../../../shared/time/format.ts';
import { useTimePreferences } from '../../../shared/time/preferences.tsx';
import { careWord } from '../../parts/care-words.ts';
import classes from '../parts/me.module.css';
import { personName, placeName } from '../parts/words.ts';
import { recordsText } from './records-text.ts';

export function AccessLine({ access }: { access: MyAccess }) {
  const { t } = useTranslation();
  const { zone } = useTimePreferences();
  const { who, time, action, outcome, own } = access;
  return (
    <li className={classes.row}>
      <div className={classes.main}>
        <span className={classes.name}>
          <bdi>{own ? t('me.access.you') : personName(t, who, access)}</bdi>
        </span>
        {': '}
        {inSentence(careWord(t, 'actions', action))}
        {outcome === 'refused' ? ` (${inSentence(t('care.outcomes.refused'))})` : null}
        <span className={classes.note}>
          {[recordsText(t, access.records), placeName(t, access), longTimeText(time, zone)]
            .filter((part) => part !== '')
            .join(', ')}
        </span>
      </div>
    </li>
  );
}
