// One point in time on a page: short in tables (age or date, as switched), full in details (both, and UTC).
import { UnstyledButton } from '@mantine/core';
import { IconArrowsExchange } from '@tabler/icons-react';
import { useCallback, useSyncExternalStore } from 'react';
import { useNode } from '../node/node-context.tsx';
import { texts } from '../text/i18n.ts';
import { ageText, timeText, zoneText } from './format.ts';
import classes from './moment.module.css';
import { useTimePreferences } from './preferences.tsx';

/** Renders again only when the words change. */
export function useAge(time: number): string {
  const { nodeClock } = useNode();
  const words = useCallback(() => ageText(time, nodeClock.now()), [time, nodeClock]);
  return useSyncExternalStore(nodeClock.onTick, words);
}

export function Moment({ time }: { time: number }) {
  const { form, zone } = useTimePreferences();
  const age = useAge(time);
  return (
    <time dateTime={new Date(time).toISOString()} className={classes.moment}>
      {form === 'age' ? age : timeText(time, zone)}
    </time>
  );
}

export function FullMoment({ time }: { time: number }) {
  const { zone } = useTimePreferences();
  const age = useAge(time);
  const shown = `${timeText(time, zone)} ${zoneText(time, zone)}`;
  const utc = `${timeText(time, 'utc')} ${zoneText(time, 'utc')}`;
  return (
    <time dateTime={new Date(time).toISOString()}>
      {shown} ({age}){shown === utc ? '' : `, ${utc}`}
    </time>
  );
}

/** A time to come: when, without an age. */
export function Deadline({ time }: { time: number }) {
  const { zone } = useTimePreferences();
  return (
    <time dateTime={new Date(time).toISOString()} className={classes.moment}>
      {timeText(time, zone)} {zoneText(time, zone)}
    </time>
  );
}

/** Header of a column of times; switches every column between age and date. */
export function MomentHeader({
  age = texts.t('time.age'),
  time = texts.t('time.time'),
}: {
  age?: string;
  time?: string;
}) {
  const { form, zone, setForm } = useTimePreferences();
  const { nodeClock } = useNode();
  const label = form === 'age' ? age : `${time}, ${zoneText(nodeClock.now(), zone)}`;
  return (
    <UnstyledButton
      className={classes.header}
      onClick={() => setForm(form === 'age' ? 'time' : 'age')}
      aria-label={texts.t(form === 'age' ? 'time.showTimes' : 'time.showAges', { label })}
    >
      {label}
      <IconArrowsExchange size={14} aria-hidden />
    </UnstyledButton>
  );
}
