// How this person wants times shown: as age or as date, local or UTC. Kept in the browser; holds nothing personal.
import { useLocalStorage } from '@mantine/hooks';
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import type { Zone } from './format.ts';

export type TimeForm = 'age' | 'time';

export interface TimePreferences {
  readonly form: TimeForm;
  readonly zone: Zone;
  setForm(form: TimeForm): void;
  setZone(zone: Zone): void;
}

const TimeContext = createContext<TimePreferences | undefined>(undefined);

export function TimePreferencesProvider({ children }: { children: ReactNode }) {
  const [form, setForm] = useLocalStorage<TimeForm>({
    key: 'wardmesh-time-form',
    defaultValue: 'age',
    deserialize: (value) => (value === '"time"' ? 'time' : 'age'),
  });
  const [zone, setZone] = useLocalStorage<Zone>({
    key: 'wardmesh-time-zone',
    defaultValue: 'local',
    deserialize: (value) => (value === '"utc"' ? 'utc' : 'local'),
  });
  const value = useMemo(() => ({ form, zone, setForm, setZone }), [form, zone, setForm, setZone]);
  return <TimeContext value={value}>{children}</TimeContext>;
}

export function useTimePreferences(): TimePreferences {
  const preferences = useContext(TimeContext);
  if (preferences === undefined) throw new Error('no time preferences above this component');
  return preferences;
}
