// What people are looked for by.
import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Role } from '../../../../consensus/ledger/accounts/types.ts';
import type { AdminUser } from '../../../../rpc/schema/admin.ts';
import { Pick } from '../../parts/pick.tsx';
import { ROLES } from '../../parts/roles.ts';
import classes from '../parts/admin.module.css';
import { STATES } from '../parts/person-state.tsx';

export interface UserFilter {
  readonly words: string;
  readonly state: AdminUser['state'] | undefined;
  readonly role: Role | undefined;
}

const MAX_WORDS = 200;

export function UserFilters({ filter, onShow }: { filter: UserFilter; onShow(filter: UserFilter): void }) {
  const { t } = useTranslation();
  const [words, setWords] = useState(filter.words);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onShow({ ...filter, words: words.trim() });
  };
  return (
    <form className={classes.filters} onSubmit={submit} aria-label={t('admin.filters')}>
      <TextInput
        id="find-people"
        label={t('admin.users.find')}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        maxLength={MAX_WORDS}
        autoComplete="off"
        spellCheck={false}
        type="search"
        size="md"
      />
      <Pick
        id="find-state"
        label={t('admin.status')}
        none={t('admin.any')}
        value={filter.state}
        options={wordsOf(STATES, (state) => t(`admin.states.${state}`))}
        onChange={(state) => onShow({ words: words.trim(), role: filter.role, state })}
      />
      <Pick
        id="find-role"
        label={t('admin.role')}
        none={t('admin.any')}
        value={filter.role}
        options={wordsOf(ROLES, (role) => t(`roles.${role}`))}
        onChange={(role) => onShow({ words: words.trim(), state: filter.state, role })}
      />
      <Button type="submit" variant="default" size="md">
        {t('frame.search')}
      </Button>
    </form>
  );
}

function wordsOf<T extends string>(keys: readonly T[], words: (key: T) => string): Record<T, string> {
  return Object.fromEntries(keys.map((key) => [key, words(key)])) as Record<T, string>;
}
