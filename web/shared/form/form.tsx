// Forms that say what is wrong: checked on submit only, what was typed stays, a summary takes the focus and links to each
// field, which says the same words. Owns no field and no wording.
import { type FormEvent, type ReactNode, useContext, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FailedContext } from '../ui/page.tsx';
import classes from './form.module.css';

export interface Mistake {
  /** Id of the field; none for what no field can mend. */
  readonly field?: string;
  readonly words: string;
}

export interface FormState {
  readonly mistakes: readonly Mistake[];
  readonly busy: boolean;
  /** What the field says about itself. */
  wrong(field: string): string | undefined;
  /** Runs the work once, unless it is running; mistakes that it gives are shown. */
  submit(work: () => Promise<readonly Mistake[] | undefined>): Promise<void>;
}

/** `found`: mistakes that an earlier attempt brought back. */
export function useFormState(found: readonly Mistake[] = []): FormState {
  const [mistakes, setMistakes] = useState(found);
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  return {
    mistakes,
    busy,
    wrong: (field) => mistakes.find((mistake) => mistake.field === field)?.words,
    submit: async (work) => {
      if (running.current) return;
      running.current = true;
      setBusy(true);
      setMistakes([]);
      try {
        setMistakes((await work()) ?? []);
      } finally {
        running.current = false;
        setBusy(false);
      }
    },
  };
}

export interface FormProps {
  readonly state: FormState;
  readonly onSubmit: () => Promise<readonly Mistake[] | undefined>;
  readonly label?: string;
  readonly children: ReactNode;
}

export function Form({ state, onSubmit, label, children }: FormProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void state.submit(onSubmit);
  };
  return (
    <form noValidate onSubmit={submit} className={classes.form} aria-label={label} aria-busy={state.busy}>
      <ErrorSummary mistakes={state.mistakes} />
      {children}
    </form>
  );
}

export function ErrorSummary({ mistakes }: { mistakes: readonly Mistake[] }) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const setFailed = useContext(FailedContext);
  // Before anybody can act on the summary: a focus that came later would be taken from where they went.
  useLayoutEffect(() => {
    setFailed(mistakes.length > 0);
    if (mistakes.length > 0) box.current?.focus();
    return () => setFailed(false);
  }, [mistakes, setFailed]);
  if (mistakes.length === 0) return null;
  return (
    <div ref={box} tabIndex={-1} role="alert" className={classes.summary}>
      <h2 className={classes.summaryTitle}>{t('form.problem')}</h2>
      <ul className={classes.mistakes}>
        {mistakes.map(({ field, words }) => (
          <li key={`${field} ${words}`}>{field === undefined ? words : <MistakeLink field={field} words={words} />}</li>
        ))}
      </ul>
    </div>
  );
}

function MistakeLink({ field, words }: { field: string; words: string }) {
  return (
    <a
      href={`#${field}`}
      onClick={(event) => {
        event.preventDefault();
        document.getElementById(field)?.focus();
      }}
    >
      {words}
    </a>
  );
}

/** The row of buttons at the end. */
export function Actions({ children }: { children: ReactNode }) {
  return <div className={classes.actions}>{children}</div>;
}
