// Finds a patient: by name and birth date at this clinic and the branches of its organisation, by number wherever registered.
import { Button, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { DateField, isoDate, typedDate } from '../../../shared/form/date-field.tsx';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { Section } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { type Sought, useLastSearch } from '../data/last-search.ts';
import { ClinicNames } from '../parts/clinic-names.tsx';
import classes from '../parts/doctor.module.css';
import { PatientTable, type PatientTableProps } from './patient-table.tsx';

const MAX_NAME = 100;
const MIN_NAME = 2;

/** `to`: where a patient who was found leads. */
export function PatientSearch({ to }: Pick<PatientTableProps, 'to'>) {
  const { t } = useTranslation();
  const { client } = useNode();
  const [sought, setSought] = useLastSearch();
  const query = useQuery({
    queryKey: ['doctor', 'search', sought],
    queryFn: ({ signal }) => client.call('patient_search', sought ?? {}, signal),
    enabled: sought !== undefined,
    retry: false,
  });
  return (
    <>
      <SearchForm sought={sought} onSearch={setSought} />
      {sought === undefined ? null : (
        <Section title={t('doctor.search.found')}>
          <QueryView query={query}>
            {(found) => <Found found={found} to={to} onClear={() => setSought(undefined)} />}
          </QueryView>
        </Section>
      )}
    </>
  );
}

interface SearchFormProps {
  readonly sought: Sought | undefined;
  onSearch(sought: Sought): void;
}

function SearchForm({ sought, onSearch }: SearchFormProps) {
  const { t } = useTranslation();
  const { nodeClock } = useNode();
  const state = useFormState();
  const [name, setName] = useState(sought?.name ?? '');
  const [born, setBorn] = useState(() => typedDate(sought?.birthDate));
  const [number, setNumber] = useState(sought?.patient ?? '');
  const submit = async () => {
    const found: Mistake[] = [];
    const birthDate = isoDate(born, nodeClock.now());
    const named = name.trim();
    const typed = number.trim();
    if (birthDate === null) found.push({ field: 'search-born', words: t('doctor.search.bornWrong') });
    if (named.length > 0 && named.length < MIN_NAME) {
      found.push({ field: 'search-name', words: t('doctor.search.nameShort') });
    }
    if (named === '' && typed === '' && birthDate === undefined) {
      found.push({ field: 'search-name', words: t('doctor.search.missing') });
    }
    if (found.length > 0) return found;
    if (typed !== '') onSearch({ patient: typed });
    else onSearch({ ...(named === '' ? {} : { name: named }), ...(birthDate == null ? {} : { birthDate }) });
    return undefined;
  };
  return (
    <div className={classes.search}>
      <Form state={state} onSubmit={submit} label={t('doctor.search.title')}>
        <TextInput
          id="search-name"
          label={t('doctor.search.name')}
          description={t('doctor.search.nameHint')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={state.wrong('search-name')}
          maxLength={MAX_NAME}
          autoComplete="off"
          spellCheck={false}
          size="md"
        />
        <DateField
          id="search-born"
          label={t('doctor.search.born')}
          value={born}
          onChange={setBorn}
          error={state.wrong('search-born')}
        />
        <TextInput
          id="search-number"
          label={t('doctor.search.number')}
          description={t('doctor.search.numberHint')}
          value={number}
          onChange={(event) => setNumber(event.currentTarget.value)}
          maxLength={MAX_NAME}
          autoComplete="off"
          spellCheck={false}
          size="md"
        />
        <Actions>
          <Button type="submit" size="md">
            {t('doctor.search.submit')}
          </Button>
        </Actions>
      </Form>
    </div>
  );
}

interface FoundProps extends Pick<PatientTableProps, 'to'> {
  readonly found: Result<'patient_search'>;
  onClear(): void;
}

function Found({ found: { patients, more, silent }, to, onClear }: FoundProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.stack}>
      {patients.length === 0 ? (
        <Notice title={t('doctor.search.none')}>
          <p>{t('doctor.search.noneText')}</p>
          <Button variant="default" onClick={onClear}>
            {t('doctor.search.clear')}
          </Button>
        </Notice>
      ) : (
        <PatientTable patients={patients} to={to} caption={t('doctor.search.found')} />
      )}
      {more ? <Text>{t('doctor.search.more')}</Text> : null}
      {silent.length === 0 ? null : (
        <Notice title={t('doctor.search.silent')} live={false}>
          <p>
            <ClinicNames clinics={silent} />
          </p>
        </Notice>
      )}
    </div>
  );
}
