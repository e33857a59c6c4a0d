// The person's own profile: what waits for an administrator, what counts at once, the photo.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../rpc/schema/methods.ts';
import { Said } from '../../shared/form/said.tsx';
import { usePerson } from '../../shared/session/session-context.tsx';
import { Deadline } from '../../shared/time/moment.tsx';
import { Facts } from '../../shared/ui/facts.tsx';
import { Ident } from '../../shared/ui/ident.tsx';
import { Page, Section } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { useMe } from '../data/waiting.ts';
import { fieldName } from '../parts/field-name.ts';
import classes from './account.module.css';
import { Photo } from './photo.tsx';
import { ProfileForm } from './profile-form.tsx';
import '../../shared/text/en/account.ts';
import '../../shared/text/en/sign-in.ts';

type Me = Result<'account_me'>;

export function AccountPage() {
  const { t } = useTranslation();
  const me = useMe();
  const [done, setDone] = useState<string>();
  return (
    <Page title={t('account.title')}>
      <QueryView query={me}>
        {(account) => (
          <div className={classes.part}>
            <Changes me={account} />
            <Section title={t('account.who')}>
              <Who me={account} />
            </Section>
            <Section title={t('account.photo')}>
              <Photo has={account.photo} types={account.photoTypes} />
            </Section>
            <Section title={t('account.profile')}>
              <ProfileForm key={JSON.stringify(account.profile)} profile={account.profile} onDone={setDone} />
              <Said said={done === undefined ? undefined : { words: done, failed: false }} />
            </Section>
          </div>
        )}
      </QueryView>
    </Page>
  );
}

function Who({ me }: { me: Me }) {
  const { t } = useTranslation();
  const { clinics } = usePerson();
  const clinicName = (number: number) => clinics.find((clinic) => clinic.number === number)?.name ?? String(number);
  return (
    <Facts
      facts={[
        { label: t('signIn.name'), value: <bdi>{me.name}</bdi> },
        {
          label: t('account.id'),
          value: me.account === null ? t('account.noId') : <Ident value={me.account} label={t('account.id')} />,
        },
        {
          label: t('account.roles'),
          value:
            me.roles.length === 0 ? (
              t('home.noRole')
            ) : (
              <ul className={classes.list}>
                {me.roles.map(({ clinic, role, until }) => (
                  <li key={`${clinic} ${role}`}>
                    {t(`roles.${role}`)}, <bdi>{clinicName(clinic)}</bdi>, {t('account.until')}{' '}
                    <Deadline time={until} />
                  </li>
                ))}
              </ul>
            ),
        },
      ]}
    />
  );
}

function Changes({ me: { changes } }: { me: Me }) {
  const { t } = useTranslation();
  if (changes.length === 0) return null;
  return (
    <Notice title={t('account.changes')} live={false}>
      <ul className={classes.list}>
        {changes.map(({ id, field, from, to }) => (
          <li key={id}>
            {t('account.change', {
              field: fieldName(t, field),
              from: from === '' ? t('profile.notKnown') : from,
              to: to === '' ? t('profile.notKnown') : to,
            })}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
