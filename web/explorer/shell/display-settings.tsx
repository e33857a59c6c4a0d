// Colours, and how times are shown. Kept in this browser only.
import { Button, Popover, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { IconAdjustmentsHorizontal } from '@tabler/icons-react';
import { useId } from 'react';
import { useTimePreferences } from '../../shared/time/preferences.tsx';
import classes from './display-settings.module.css';

export function DisplaySettings() {
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const { form, zone, setForm, setZone } = useTimePreferences();
  return (
    <Popover position="bottom-end" trapFocus returnFocus shadow="md" withRoles transitionProps={{ duration: 0 }}>
      <Popover.Target>
        <Button variant="default" size="sm" leftSection={<IconAdjustmentsHorizontal size={18} aria-hidden />}>
          Display
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Display" className={classes.panel}>
        <Choice
          label="Colours"
          value={colorScheme}
          onChange={setColorScheme}
          options={{ auto: 'As the system', light: 'Light', dark: 'Dark' }}
        />
        <Choice
          label="Times in lists"
          value={form}
          onChange={setForm}
          options={{ age: 'Age', time: 'Date and time' }}
        />
        <Choice label="Time zone" value={zone} onChange={setZone} options={{ local: 'Local', utc: 'UTC' }} />
      </Popover.Dropdown>
    </Popover>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: Readonly<Record<T, string>>;
  onChange(value: T): void;
}

function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  const id = useId();
  return (
    <div className={classes.choice}>
      <span id={id} className={classes.label}>
        {label}
      </span>
      <SegmentedControl
        aria-labelledby={id}
        fullWidth
        transitionDuration={0}
        value={value}
        onChange={(chosen) => onChange(chosen as T)}
        data={Object.entries<string>(options).map(([key, name]) => ({ value: key, label: name }))}
      />
    </div>
  );
}
