// Goes to a height in a list. Says what is wrong on submit only, and keeps what was typed.

import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { texts } from '../../shared/text/i18n.ts';
import { heightOf } from '../data/refs.ts';
import classes from './height-jump.module.css';

export function HeightJump({ onJump }: { onJump(height: number): void }) {
  const [text, setText] = useState('');
  const [error, setError] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const height = heightOf(text);
    if (height !== undefined) {
      setError(undefined);
      onJump(height);
      return;
    }
    setError(texts.t('chain.heightJump.enterHeightFor'));
    field.current?.focus();
  };
  return (
    <form onSubmit={submit} className={classes.form} noValidate>
      <TextInput
        ref={field}
        label={texts.t('chain.heightJump.goToHeight')}
        inputMode="numeric"
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={error}
        className={classes.field}
      />
      <Button type="submit" variant="default">
        {texts.t('chain.heightJump.go')}
      </Button>
    </form>
  );
}
