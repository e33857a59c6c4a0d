// Colours, and how times are shown. Kept in this browser only.
import { Button, Popover, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { IconAdjustmentsHorizontal } from '@tabler/icons-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useTimePreferences } from '../../shared/time/preferences.tsx';
import classes from './display-settings.module.css';

export function DisplaySettings() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const { form, zone, setForm, setZone } = useTimePreferences();
  return (
    <Popover position="bottom-end" trapFocus returnFocus shadow="md" withRoles transitionProps={{ duration: 0 }}>
      <Popover.Target>
        <Button
          variant="default"
          size="sm"
          className={classes.target}
          leftSection={<IconAdjustmentsHorizontal size={18} aria-hidden />}
        >
          <span className={classes.word}>{t('display.title')}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('display.title')} className={classes.panel}>
        <Choice
          label={t('display.colours')}
          value={colorScheme}
          onChange={setColorScheme}
          options={{ auto: t('display.auto'), light: t('display.light'), dark: t('display.dark') }}
        />
        <Choice
          label={t('display.times')}
          value={form}
          onChange={setForm}
          options={{ age: t('display.age'), time: t('display.time') }}
        />
        <Choice
          label={t('display.zone')}
          value={zone}
          onChange={setZone}
          options={{ local: t('display.local'), utc: t('display.utc') }}
        />
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
