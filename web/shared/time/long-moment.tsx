// Times as patients read them: whole dates with the month's name, and the time of day.
import { longDayText, longTimeText } from './format.ts';
import classes from './moment.module.css';
import { useTimePreferences } from './preferences.tsx';

export function LongMoment({ time }: { time: number }) {
  const { zone } = useTimePreferences();
  return <time dateTime={new Date(time).toISOString()}>{longTimeText(time, zone)}</time>;
}

export function LongDay({ time }: { time: number }) {
  const { zone } = useTimePreferences();
  return (
    <time dateTime={new Date(time).toISOString()} className={classes.moment}>
      {longDayText(time, zone)}
    </time>
  );
}
