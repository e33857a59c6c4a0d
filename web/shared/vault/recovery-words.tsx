// The 24 words as a page shows them: to write down or save, then two of them asked back.
import { Button, Checkbox, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Actions, Form, useFormState } from '../form/form.tsx';
import { saveText } from '../ui/save.ts';
import classes from './recovery-words.module.css';

export interface RecoveryWordsProps {
  readonly words: string;
  /** Which are asked back, from 0. */
  readonly asked: readonly [number, number];
  readonly onKept: () => Promise<void>;
  readonly onBack?: () => void;
}

export function RecoveryWords({ words, asked, onKept, onBack }: RecoveryWordsProps) {
  const { t } = useTranslation();
  const state = useFormState();
  const [saved, setSaved] = useState(false);
  const [kept, setKept] = useState(false);
  const [typed, setTyped] = useState(['', '']);
  const list = words.split(' ');
  const submit = async () => {
    const wrong = asked.flatMap((place, i) =>
      typed[i]?.trim().toLowerCase() === list[place]
        ? []
        : [{ field: `word-${i}`, words: t('words.wrong', { number: place + 1 }) }],
    );
    // Somebody who saved the file has the words without having read them.
    if (wrong.length > 0 && !saved) return wrong;
    if (!kept) return [{ field: 'words-kept', words: t('words.notKept') }];
    await onKept();
    return undefined;
  };
  const save = () => {
    saveText(
      'wardmesh-recovery-words.txt',
      `${t('words.fileHeading')}\n\n${list.map((word, i) => `${i + 1}. ${word}`).join('\n')}\n`,
    );
    setSaved(true);
  };
  return (
    <Form state={state} onSubmit={submit} label={t('words.title')}>
      <p className={classes.text}>{t('words.intro')}</p>
      <ol className={classes.words} translate="no">
        {list.map((word, place) => (
          <li key={place}>{word}</li>
        ))}
      </ol>
      <div>
        <Button variant="default" onClick={save}>
          {t('words.save')}
        </Button>
      </div>
      {saved ? (
        <p className={classes.text}>{t('words.saved')}</p>
      ) : (
        asked.map((place, i) => (
          <TextInput
            key={place}
            id={`word-${i}`}
            label={t('words.ask', { number: place + 1 })}
            value={typed[i]}
            onChange={(event) => setTyped(typed.with(i, event.currentTarget.value))}
            error={state.wrong(`word-${i}`)}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            size="md"
          />
        ))
      )}
      <Checkbox
        id="words-kept"
        label={t('words.kept')}
        checked={kept}
        onChange={(event) => setKept(event.currentTarget.checked)}
        error={state.wrong('words-kept')}
        size="md"
      />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('words.submit')}
        </Button>
        {onBack === undefined ? null : (
          <Button variant="default" size="md" onClick={onBack}>
            {t('form.back')}
          </Button>
        )}
      </Actions>
    </Form>
  );
}
