// A secret or a link in the only moment in which it is to be had.
import { Button } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { WholeIdent } from '../../../shared/ui/ident.tsx';
import classes from './admin.module.css';

export interface ShownOnceProps {
  readonly title: string;
  readonly text: string;
  /** What is copied, e.g. `link`. */
  readonly label: string;
  readonly value: string;
  onDone(): void;
  readonly children?: ReactNode;
}

export function ShownOnce({ title, text, label, value, onDone, children }: ShownOnceProps) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section className={classes.once} aria-label={title}>
      <h2 ref={heading} tabIndex={-1} className={classes.onceTitle}>
        {title}
      </h2>
      <p className={classes.text}>{text}</p>
      <WholeIdent value={value} label={label} />
      {children}
      <div>
        <Button variant="default" onClick={onDone}>
          {t('admin.kept')}
        </Button>
      </div>
    </section>
  );
}
