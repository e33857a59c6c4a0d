// Times as patients read them: whole dates with the month's name, and the time of day.
import { longDayText, longTimeText, zoneText } from './format.ts';
import classes from './moment.module.css';
import { useTimePreferences } from './preferences.tsx';

/** `zoned`: with the offset, where it matters to whom else the time is told. */
export function LongMoment({ time, zoned = false }: { time: number; zoned?: boolean }) {
  const { zone } = useTimePreferences();
  const text = longTimeText(time, zone);
  return <time dateTime={new Date(time).toISOString()}>{zoned ? `${text} ${zoneText(time, zone)}` : text}</time>;
}

export function LongDay({ time }: { time: number }) {
  const { zone } = useTimePreferences();
  return (
    <time dateTime={new Date(time).toISOString()} className={classes.moment}>
      {longDayText(time, zone)}
    </time>
  );
}
