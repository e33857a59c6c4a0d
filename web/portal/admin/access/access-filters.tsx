// What accesses to records are looked for by.
import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccessArea } from '../../../../rpc/schema/audit.ts';
import { Pick } from '../../parts/pick.tsx';
import type { Since } from '../access-log/log-filter.ts';
import classes from '../parts/admin.module.css';
import type { AccessFilter } from './access-filter.ts';

export function AccessFilters({ filter, onShow }: { filter: AccessFilter; onShow(filter: AccessFilter): void }) {
  const { t } = useTranslation();
  const [patient, setPatient] = useState(filter.patient);
  const typed = { ...filter, patient: patient.trim() };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onShow(typed);
  };
  return (
    <form className={classes.filters} onSubmit={submit} aria-label={t('admin.filters')}>
      <Pick<AccessArea>
        id="access-area"
        label={t('admin.access.area')}
        none={t('admin.any')}
        value={filter.area}
        options={{
          reading: t('admin.access.areas.reading'),
          writing: t('admin.access.areas.writing'),
          sharing: t('admin.access.areas.sharing'),
          emergency: t('admin.access.areas.emergency'),
          erasing: t('admin.access.areas.erasing'),
          log: t('admin.access.areas.log'),
        }}
        onChange={(area) => onShow({ ...typed, area })}
      />
      <Pick
        id="access-outcome"
        label={t('admin.log.outcome')}
        none={t('admin.any')}
        value={filter.outcome}
        options={{ permitted: t('care.outcomes.permitted'), refused: t('care.outcomes.refused') }}
        onChange={(outcome) => onShow({ ...typed, outcome })}
      />
      <Pick<Since>
        id="access-since"
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
        id="access-patient"
        label={t('admin.access.patient')}
        value={patient}
        onChange={(event) => setPatient(event.currentTarget.value)}
        maxLength={128}
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
