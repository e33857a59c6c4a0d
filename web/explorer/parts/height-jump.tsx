// Goes to a height in a list. Says what is wrong on submit only, and keeps what was typed.
import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
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
    setError('Enter a height, for example 1200');
    field.current?.focus();
  };
  return (
    <form onSubmit={submit} className={classes.form} noValidate>
      <TextInput
        ref={field}
        label="Go to height"
        inputMode="numeric"
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={error}
        className={classes.field}
      />
      <Button type="submit" variant="default">
        Go
      </Button>
    </form>
  );
}
