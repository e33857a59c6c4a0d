// The door at `/`: which clinic this is, and the way to the explorer.

import { Text, Title } from '@mantine/core';
import { useEffect } from 'react';
import classes from './landing-page.module.css';
import { useLive } from './shared/node/node-context.tsx';
import { failureText } from './shared/text/errors.ts';
import { ButtonLink } from './shared/ui/link.tsx';
import { Logo } from './shared/ui/logo.tsx';

export function LandingPage() {
  const { health, error } = useLive();
  const clinic = health?.clinic.name;
  useEffect(() => {
    document.title = clinic === undefined ? 'Wardmesh' : `${clinic} – Wardmesh`;
  }, [clinic]);
  return (
    <main className={classes.page}>
      <span className={classes.logo}>
        <Logo size={48} />
      </span>
      <Title order={1}>
        <bdi>{clinic ?? 'Wardmesh'}</bdi>
      </Title>
      {health === undefined ? null : (
        <Text>
          This is clinic {health.clinic.number} of the network <bdi>{health.network}</bdi>.
        </Text>
      )}
      {health === undefined && error !== undefined ? <Text role="status">{failureText(error)}</Text> : null}
      <Text c="dimmed">
        The explorer shows what this clinic and the others have agreed on: blocks, transactions and statements. It holds
        no names of patients and no health data.
      </Text>
      <ButtonLink to="/explorer" variant="filled" size="md">
        Open the explorer
      </ButtonLink>
    </main>
  );
}
