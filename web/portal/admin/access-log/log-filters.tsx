// What entries of the event log are looked for by.
import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Pick } from '../../parts/pick.tsx';
import classes from '../parts/admin.module.css';
import type { LogFilter, Since } from './log-filter.ts';

export function LogFilters({ filter, onShow }: { filter: LogFilter; onShow(filter: LogFilter): void }) {
  const { t } = useTranslation();
  const [method, setMethod] = useState(filter.method);
  const [object, setObject] = useState(filter.object);
  const typed = { ...filter, method: method.trim(), object: object.trim() };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onShow(typed);
  };
  return (
    <form className={classes.filters} onSubmit={submit} aria-label={t('admin.filters')}>
      <Pick
        id="log-outcome"
        label={t('admin.log.outcome')}
        none={t('admin.any')}
        value={filter.outcome}
        options={{ permitted: t('admin.log.outcomes.permitted'), refused: t('admin.log.outcomes.refused') }}
        onChange={(outcome) => onShow({ ...typed, outcome })}
      />
      <Pick<Since>
        id="log-since"
        label={t('admin.log.period')}
        none={t('admin.log.always')}
        value={filter.since}
        options={{
          hour: t('admin.log.since.hour'),
          day: t('admin.log.since.day'),
          week: t('admin.log.since.week'),
          month: t('admin.log.since.month'),
        }}
        onChange={(since) => onShow({ ...typed, since })}
      />
      <TextInput
        id="log-method"
        label={t('admin.log.action')}
        value={method}
        onChange={(event) => setMethod(event.currentTarget.value)}
        maxLength={64}
        autoComplete="off"
        spellCheck={false}
        size="md"
      />
      <TextInput
        id="log-object"
        label={t('admin.log.objectLabel')}
        value={object}
        onChange={(event) => setObject(event.currentTarget.value)}
        maxLength={256}
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
