// Search from every page: height, id, or the first digits of an id. Ctrl+K comes here.
import { ActionIcon, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './search-box.module.css';

export function SearchBox() {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  useHotkeys([['mod+K', () => field.current?.focus()]], []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ to: '/explorer/search', search: { q: text.trim() } });
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a form carries the landmark and submits by Enter
    <form role="search" className={classes.form} onSubmit={submit}>
      <TextInput
        ref={field}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        aria-label={t('frame.searchLabel')}
        aria-keyshortcuts="Control+K"
        placeholder={t('frame.searchPlaceholder')}
        type="search"
        maxLength={64}
        autoComplete="off"
        spellCheck={false}
        className={classes.field}
        size="sm"
      />
      <ActionIcon type="submit" variant="default" size={36} aria-label={t('frame.search')}>
        <IconSearch size={18} aria-hidden />
      </ActionIcon>
    </form>
  );
}
