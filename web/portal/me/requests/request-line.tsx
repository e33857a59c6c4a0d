// One request for access, with the way to its answer.
import { useTranslation } from 'react-i18next';
import type { MyRequest } from '../../../../rpc/schema/me.ts';
import { longDayText } from '../../../shared/time/format.ts';
import { useTimePreferences } from '../../../shared/time/preferences.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import classes from '../parts/me.module.css';
import { Person } from '../parts/person.tsx';
import { categoryNames, whyText } from '../parts/words.ts';

export function RequestLine({ request }: { request: MyRequest }) {
  const { t } = useTranslation();
  const { zone } = useTimePreferences();
  const { from, categories, purpose, until, request: id } = request;
  return (
    <li className={classes.row}>
      <div className={classes.main}>
        <Person who={from} clinic={from.clinic} clinicName={from.clinicName} />
        <span className={classes.note}>
          {t('me.requests.wants', {
            what: categoryNames(t, categories),
            why: whyText(t, [purpose]),
            until: longDayText(until, zone),
          })}
        </span>
      </div>
      <Link to="/me/requests/$request" params={{ request: id }} className={classes.target}>
        {t('me.requests.toAnswer')}
      </Link>
    </li>
  );
}
