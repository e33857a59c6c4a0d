// What judged requests are looked for by.
import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Pick } from '../../../parts/pick.tsx';
import classes from '../../parts/admin.module.css';
import type { RequestFilter } from './log-filter.ts';

export interface RequestFiltersProps {
  readonly filter: RequestFilter;
  /** What is wrong with the address. */
  readonly error: string | undefined;
  onShow(filter: RequestFilter): void;
}

export function RequestFilters({ filter, error, onShow }: RequestFiltersProps) {
  const { t } = useTranslation();
  const [whose, setWhose] = useState(filter.whose);
  const typed = { ...filter, whose: whose.trim() };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onShow(typed);
  };
  return (
    <form className={classes.filters} onSubmit={submit} aria-label={t('admin.filters')}>
      <Pick
        id="requests-action"
        label={t('defence.action')}
        none={t('admin.any')}
        value={filter.action}
        options={{
          allow: t('defence.actions.allow'),
          challenge: t('defence.actions.challenge'),
          limit: t('defence.actions.limit'),
          refuse: t('defence.actions.refuse'),
        }}
        onChange={(action) => onShow({ ...typed, action })}
      />
      <Pick
        id="requests-since"
        label={t('admin.log.period')}
        none={t('admin.log.always')}
        value={filter.since}
        options={{
          hour: t('admin.log.since.hour'),
          day: t('admin.log.since.day'),
          week: t('admin.log.since.week'),
        }}
        onChange={(since) => onShow({ ...typed, since })}
      />
      <TextInput
        id="requests-whose"
        label={t('defence.log.whose')}
        value={whose}
        onChange={(event) => setWhose(event.currentTarget.value)}
        error={error}
        maxLength={64}
        autoComplete="off"
        spellCheck={false}
        size="md"
      />
      <Button type="submit" variant="default" size="md">
        {t('admin.log.show')}
      </Button>
    </form>
  );
}
