// The page for signing in; goes on to where the person wanted to be.
import { Navigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession, useSessionModules } from '../../shared/session/session-context.tsx';
import { Link } from '../../shared/ui/link.tsx';
import { Page } from '../../shared/ui/page.tsx';
import { innerPath } from './inner-path.ts';
import classes from './sign-in.module.css';
import { SignIn } from './sign-in.tsx';
import '../../shared/text/en/account.ts';
import '../../shared/text/en/sign-in.ts';

export function SignInPage() {
  const { t } = useTranslation();
  const { next } = useSearch({ from: '/sign-in' });
  const { session, ended } = useSession();
  const { sessions, vaults } = useSessionModules();
  // Who comes here by hand leaves what was covered.
  useEffect(() => {
    if (ended !== undefined) sessions.leave();
  }, [ended, sessions]);
  // After a reset the vault is still locked by the password before.
  if (session !== undefined)
    return <Navigate to={vaults.typed() === undefined ? innerPath(next) : '/set-up'} replace />;
  return (
    <Page title={t('signIn.title')}>
      <SignIn
        extra={
          <div className={classes.links}>
            <Link to="/reset">{t('signIn.forgot')}</Link>
            <Link to="/recover">{t('signIn.lost')}</Link>
          </div>
        }
      />
    </Page>
  );
}
