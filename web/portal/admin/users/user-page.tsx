// One person: who it is, what they may, where they are signed in, what waits, what they did; and the acts of an
// administrator about them.
import { Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { ButtonLink, Link } from '../../../shared/ui/link.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { LogTable } from '../access-log/log-table.tsx';
import { ApprovalTable } from '../approvals/approval-table.tsx';
import classes from '../parts/admin.module.css';
import { NeedsFactor } from '../parts/needs-factor.tsx';
import { PersonState } from '../parts/person-state.tsx';
import { DecisionTable } from './decision-table.tsx';
import { RoleForm } from './role-form.tsx';
import { RoleTable } from './role-table.tsx';
import { UnknownPerson } from './unknown-person.tsx';
import { useUser } from './use-user.ts';
import { UserDevices } from './user-devices.tsx';
import { UserFacts } from './user-facts.tsx';
import { UserSessions } from './user-sessions.tsx';
import '../../../shared/text/en/account.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/sign-in.ts';

const route = getRouteApi('/person/administrators/admin/users/$user');

export function UserPage() {
  const { t } = useTranslation();
  const { user } = route.useParams();
  const query = useUser(user);
  // Whose page it is stands on it, not in the title that browsers keep.
  return (
    <Page title={t('admin.user.title')} aside={query.data && <PersonState state={query.data.state} />}>
      <QueryView query={query} unknown={<UnknownPerson />}>
        {(person) => <Person person={person} />}
      </QueryView>
    </Page>
  );
}

function Person({ person }: { person: Result<'admin_user'> }) {
  const { t } = useTranslation();
  const { user, state, account, approvals, decisions, log } = person;
  return (
    <>
      <UserFacts person={person} />
      {approvals.length === 0 ? null : (
        <Section title={t('admin.user.waiting')}>
          <ApprovalTable approvals={approvals} caption={t('admin.user.waiting')} />
        </Section>
      )}
      <Section title={t('account.roles')}>
        <RoleTable roles={person.roles} />
      </Section>
      {account === null || state !== 'active' ? null : (
        <Section title={t('admin.user.giveRole')}>
          <NeedsFactor />
          <RoleForm user={user} />
        </Section>
      )}
      {decisions.length === 0 ? null : (
        <Section title={t('admin.decisions.title')}>
          <DecisionTable decisions={decisions} />
        </Section>
      )}
      <Section title={t('admin.user.sessions')}>
        <UserSessions user={user} sessions={person.sessions} />
      </Section>
      <Section title={t('keys.title')}>
        <UserDevices account={account} devices={person.devices} />
      </Section>
      <Section
        title={t('admin.user.log')}
        aside={
          <Link to="/admin/access-log" search={{ user }} className={classes.target}>
            {t('admin.user.wholeLog')}
          </Link>
        }
      >
        {log.length === 0 ? (
          <Text c="dimmed">{t('admin.log.none')}</Text>
        ) : (
          <LogTable caption={t('admin.user.log')} hideCaption entries={log} />
        )}
      </Section>
      <Section title={t('admin.user.end')}>
        <Text mb="md">{t('admin.user.endText')}</Text>
        <div className={classes.buttons}>
          {state === 'suspended' ? null : (
            <ButtonLink to="/admin/users/$user/suspend" params={{ user }}>
              {t('admin.suspend.title')}
            </ButtonLink>
          )}
          <ButtonLink to="/admin/users/$user/erase" params={{ user }}>
            {t('admin.erase.title')}
          </ButtonLink>
        </div>
      </Section>
    </>
  );
}
