// Clinic, search, connection, what waits, display settings, and who is signed in.
import { Link, useLocation } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLive } from '../../shared/node/node-context.tsx';
import { useSession } from '../../shared/session/session-context.tsx';
import { ButtonLink } from '../../shared/ui/link.tsx';
import { Logo } from '../../shared/ui/logo.tsx';
import { AccountMenu } from './account-menu.tsx';
import { ConnectionMark } from './connection-mark.tsx';
import { DisplaySettings } from './display-settings.tsx';
import classes from './header.module.css';
import { OutboxMark } from './outbox-mark.tsx';
import { SearchBox } from './search-box.tsx';
import { WaitingBell } from './waiting-bell.tsx';

export function Header() {
  const { t } = useTranslation();
  const { health } = useLive();
  const { session, current } = useSession();
  const path = useLocation({ select: ({ pathname }) => pathname });
  return (
    <header className={classes.header}>
      <Link to="/" className={classes.home}>
        <Logo />
        <span className={classes.names}>
          <span className={classes.product}>{t('frame.product')}</span>
          <bdi className={classes.clinic}>{current?.clinic.name ?? health?.clinic.name ?? ' '}</bdi>
        </span>
      </Link>
      <SearchBox />
      <div className={classes.tools}>
        <ConnectionMark />
        {session === undefined ? null : <OutboxMark />}
        {session === undefined ? null : <WaitingBell session={session} />}
        <DisplaySettings />
        {session === undefined ? null : <AccountMenu session={session} />}
        {session === undefined && current !== undefined && path !== '/sign-in' ? (
          <ButtonLink to="/sign-in" size="sm">
            {t('nav.signIn')}
          </ButtonLink>
        ) : null}
      </div>
    </header>
  );
}
