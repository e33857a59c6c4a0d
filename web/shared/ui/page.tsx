// The frame of one page: title in the tab, one h1 that takes the focus after navigation, a line of introduction.
import { Text, Title } from '@mantine/core';
import { useLocation } from '@tanstack/react-router';
import { createContext, type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLive } from '../node/node-context.tsx';
import classes from './page.module.css';

export interface PageProps {
  readonly title: string;
  /** In the tab, where the title has a person's name. */
  readonly tabTitle?: string;
  /** Beside the heading, e.g. a status. */
  readonly aside?: ReactNode;
  readonly intro?: ReactNode;
  readonly children: ReactNode;
}

let firstPath: string | undefined;

/** Tells the page that a form on it found mistakes: the title says so first. */
export const FailedContext = createContext<(failed: boolean) => void>(() => undefined);

export function Page({ title, tabTitle = title, aside, intro, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const path = useLocation({ select: (location) => location.pathname });
  const clinic = useLive().health?.clinic.name;
  const [failed, setFailed] = useState(false);
  const { t } = useTranslation();
  const product = t(path.startsWith('/explorer') ? 'frame.explorer' : 'frame.product');
  useEffect(() => {
    const parts = [tabTitle, product, clinic].filter((part) => part !== undefined).join(' – ');
    document.title = failed ? t('form.titleError', { title: parts }) : parts;
  }, [tabTitle, product, clinic, failed, t]);
  useEffect(() => {
    firstPath ??= path;
    if (firstPath === path) return;
    firstPath = '';
    heading.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <FailedContext value={setFailed}>
      <div className={classes.heading}>
        <Title order={1} ref={heading} tabIndex={-1} className={classes.title}>
          {title}
        </Title>
        {aside}
      </div>
      {intro === undefined ? null : (
        <Text c="dimmed" className={classes.intro}>
          {intro}
        </Text>
      )}
      {children}
    </FailedContext>
  );
}

export function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.section} aria-label={title}>
      <div className={classes.heading}>
        <Title order={2}>{title}</Title>
        {aside}
      </div>
      {children}
    </section>
  );
}
