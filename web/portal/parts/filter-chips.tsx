// The filters in force, each with the way to take it off.
import { Button } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import classes from './parts.module.css';

export interface Chip {
  readonly words: string;
  remove(): void;
}

export function FilterChips({ chips }: { chips: readonly Chip[] }) {
  const { t } = useTranslation();
  if (chips.length === 0) return null;
  return (
    <ul className={classes.chips} aria-label={t('admin.filters')}>
      {chips.map(({ words, remove }) => (
        <li key={words}>
          <Button
            variant="light"
            size="xs"
            className={classes.chip}
            aria-label={t('admin.removeFilter', { words })}
            rightSection={<IconX size={14} aria-hidden />}
            onClick={remove}
          >
            <bdi className={classes.chipWords}>{words}</bdi>
          </Button>
        </li>
      ))}
    </ul>
  );
}
