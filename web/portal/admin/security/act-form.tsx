// One act of collective defence: what it is about, how far it reaches, until when, with a reason and the second factor; then
// what became of it. The node decides who may.
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { type Fact, Facts } from '../../../shared/ui/facts.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { Pick, type PickProps } from '../../parts/pick.tsx';
import classes from '../parts/admin.module.css';
import { NeedsFactor } from '../parts/needs-factor.tsx';
import { useFormAct } from '../parts/use-form-act.ts';

/** A choice that must be made. */
export interface Choice extends Omit<PickProps<string>, 'none' | 'error'> {
  readonly missing: string;
}

export interface ActFormProps {
  readonly title: string;
  readonly facts: readonly Fact[];
  readonly choices: readonly Choice[];
  readonly submit: string;
  readonly doneTitle: string;
  /** Resolves to what is said when it is done. */
  act(): Promise<string>;
  readonly back: string;
  onDone(): void;
}

export function ActForm({ title, facts, choices, submit, doneTitle, act, back, onDone }: ActFormProps) {
  const { t } = useTranslation();
  const run = useFormAct();
  const state = useFormState();
  const [done, setDone] = useState<string>();
  if (done !== undefined) {
    return (
      <Notice title={doneTitle}>
        <p>{done}</p>
        <Button variant="default" onClick={onDone}>
          {back}
        </Button>
      </Notice>
    );
  }
  const onSubmit = async (): Promise<readonly Mistake[] | undefined> => {
    const found = choices.filter(({ value }) => value === undefined);
    if (found.length > 0) return found.map(({ id, missing }) => ({ field: id, words: missing }));
    return run(async () => setDone(await act()));
  };
  const picks: ReactNode = choices.map(({ missing: _, ...choice }) => (
    <Pick key={choice.id} {...choice} none={t('admin.choose')} error={state.wrong(choice.id)} />
  ));
  return (
    <div className={classes.part}>
      <NeedsFactor />
      <Facts facts={facts} />
      <Form state={state} onSubmit={onSubmit} label={title}>
        {picks}
        <Actions>
          <Button type="submit" size="md" loading={state.busy}>
            {submit}
          </Button>
          <Button variant="default" size="md" onClick={onDone}>
            {t('form.cancel')}
          </Button>
        </Actions>
      </Form>
    </div>
  );
}

/** A choice among words of the catalogue, kept by the form that asks. */
export function useChoice<T extends string>(given: {
  readonly id: string;
  readonly label: string;
  readonly missing: string;
  readonly options: Readonly<Record<T, string>>;
}): [Choice, T] {
  const [value, setValue] = useState<string>();
  return [{ ...given, value, onChange: setValue }, value as T];
}

/** Names with the words that the catalogue has for each, in their order. */
export function optionsOf<T extends string>(names: readonly T[], words: (name: T) => string): Record<T, string> {
  return Object.fromEntries(names.map((name) => [name, words(name)])) as Record<T, string>;
}
