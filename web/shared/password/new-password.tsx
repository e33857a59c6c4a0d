// A field for a new password: how strong it is while typing, in words and a bar.
import { PasswordInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './new-password.module.css';
import { judge } from './strength.ts';

export interface NewPasswordProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  onChange(value: string): void;
  readonly own: readonly string[];
  readonly error: string | undefined;
}

const WORDS = ['strength.0', 'strength.1', 'strength.2', 'strength.3', 'strength.4'] as const;

export function NewPassword({ id, label, value, onChange, own, error }: NewPasswordProps) {
  const { t } = useTranslation();
  const score = useScore(value, own);
  return (
    <div className={classes.box}>
      <PasswordInput
        id={id}
        label={label}
        description={t('password.hint')}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={error}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': t('form.showPassword') }}
        size="md"
      />
      <div role="status" className={classes.strength} data-score={score}>
        {score === undefined ? null : (
          <>
            <meter min={0} max={4} value={score} aria-hidden className={classes.meter} />
            {t('password.strength', { word: t(WORDS[score] ?? 'strength.0') })}
          </>
        )}
      </div>
    </div>
  );
}

function useScore(password: string, own: readonly string[]): number | undefined {
  const [score, setScore] = useState<number>();
  const words = own.join(' ');
  useEffect(() => {
    let current = true;
    if (password === '') setScore(undefined);
    else {
      void judge(password, words.split(' ')).then(
        (strength) => current && setScore(strength.leaked ? 0 : strength.score),
        () => undefined,
      );
    }
    return () => {
      current = false;
    };
  }, [password, words]);
  return score;
}
