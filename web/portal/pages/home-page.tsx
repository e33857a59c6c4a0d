// The first page: which clinic this is, and what the person who is here can do.
import { Text } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { SessionView } from '../../../rpc/schema/session.ts';
import { useLive } from '../../shared/node/node-context.tsx';
import { useActing, useSession } from '../../shared/session/session-context.tsx';
import { failureText } from '../../shared/text/errors.ts';
import { Page, Section } from '../../shared/ui/page.tsx';
import { WaitingList } from '../account/waiting-list.tsx';
import { sectionsFor } from '../frame/sections.ts';
import classes from './home-page.module.css';

export function HomePage() {
  const { t } = useTranslation();
  const { health, error } = useLive();
  const state = useSession();
  const { role } = useActing();
  const { session, current } = state;
  const clinic = current?.clinic.name ?? health?.clinic.name;
  const title =
    session === undefined ? (clinic ?? t('frame.product')) : t('home.welcome', { name: session.displayName });
  return (
    <Page
      title={title}
      tabTitle={session === undefined ? undefined : t('nav.home')}
      intro={session === undefined ? t('home.intro') : undefined}
    >
      {health === undefined && error !== undefined ? <Text role="status">{failureText(error)}</Text> : null}
      {session === undefined ? null : <Person session={session} />}
      <ul className={classes.cards}>
        {sectionsFor(state, role)
          .filter(({ to }) => to !== '/')
          .map(({ to, name, Icon }) => (
            <li key={to}>
              <Link to={to} className={classes.card}>
                <Icon size={24} aria-hidden />
                <span className={classes.words}>
                  <span className={classes.name}>{t(name)}</span>
                  <span className={classes.hint}>{t(`home.hints.${HINTS[to]}`)}</span>
                </span>
                <IconChevronRight size={20} aria-hidden />
              </Link>
            </li>
          ))}
      </ul>
      {health === undefined ? null : (
        <Text c="dimmed">{t('home.network', { number: health.clinic.number, network: health.network })}</Text>
      )}
    </Page>
  );
}

const HINTS = {
  '/': 'explorer',
  '/sign-in': 'signIn',
  '/register': 'register',
  '/account': 'account',
  '/account/security': 'security',
  '/outbox': 'outbox',
  '/explorer': 'explorer',
  '/me': 'me',
  '/me/records': 'myRecords',
  '/me/requests': 'myRequests',
  '/me/sharing': 'mySharing',
  '/me/people': 'myPeople',
  '/me/access': 'myAccess',
  '/me/takeout': 'takeout',
  '/today': 'today',
  '/patients': 'patients',
  '/desk': 'desk',
  '/admin/approvals': 'approvals',
  '/admin/users': 'people',
  '/admin/invitations': 'invitations',
  '/admin/security': 'defence',
  '/admin/access-log': 'accessLog',
  '/admin/access': 'access',
  '/admin/erasures': 'erasures',
  '/admin/take-overs': 'takeOvers',
  '/admin/emergencies': 'emergencies',
  '/admin/api-keys': 'apiKeys',
  '/admin/system': 'system',
} as const;

function Person({ session }: { session: SessionView }) {
  const { t } = useTranslation();
  return (
    <>
      {session.roles.length > 0 ? null : <Text mb="md">{t('home.noRole')}</Text>}
      <Section title={t('waiting.title')}>
        <WaitingList session={session} />
      </Section>
    </>
  );
}
