// Who a person is and how they come in.
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { Moment } from '../../../shared/time/moment.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { Ident } from '../../../shared/ui/ident.tsx';
import { useClinicName } from '../../parts/clinic-name.ts';
import classes from '../parts/admin.module.css';
import { PersonPhoto } from '../parts/person-photo.tsx';

export function UserFacts({ person }: { person: Result<'admin_user'> }) {
  const { t } = useTranslation();
  const clinicName = useClinicName();
  const { user, name, displayName, account, kind, photo, profile, factors, lastSignIn, made, clinic } = person;
  const known = (value: string | undefined) =>
    value === undefined || value === '' ? t('profile.notKnown') : <bdi>{value}</bdi>;
  return (
    <Facts
      facts={[
        { label: t('admin.name'), value: <bdi>{displayName}</bdi> },
        ...(photo ? [{ label: t('profile.photo'), value: <PersonPhoto user={user} name={displayName} /> }] : []),
        { label: t('signIn.name'), value: <bdi>{name}</bdi> },
        { label: t('admin.kind'), value: t(`admin.kinds.${kind}`) },
        { label: t('profile.familyName'), value: known(profile.familyName) },
        { label: t('profile.givenName'), value: known(profile.givenName) },
        { label: t('profile.title'), value: known(profile.title) },
        { label: t('profile.birthDate'), value: known(profile.birthDate) },
        { label: t('profile.email'), value: known(profile.email) },
        { label: t('profile.phone'), value: known(profile.phone) },
        {
          label: t('admin.user.ways'),
          value: t('admin.user.factors', {
            totp: t(factors.totp ? 'admin.yes' : 'admin.no'),
            passkeys: factors.passkeys,
          }),
        },
        ...(factors.wallets.length === 0
          ? []
          : [
              {
                label: t('wallets.title'),
                value: (
                  <ul className={classes.lines}>
                    {factors.wallets.map((wallet) => (
                      <li key={wallet}>
                        <Ident value={wallet} label={t('wallets.title')} />
                      </li>
                    ))}
                  </ul>
                ),
              },
            ]),
        {
          label: t('admin.user.recoveryWords'),
          value: t(person.recovery ? 'admin.user.recoveryKnown' : 'admin.user.recoveryUnknown'),
        },
        {
          label: t('admin.lastSignIn'),
          value: lastSignIn === null ? t('admin.never') : <Moment time={lastSignIn} />,
          hint: t('admin.user.here'),
        },
        {
          label: t('admin.user.registered'),
          value: (
            <>
              <Moment time={made} />, <bdi>{clinicName(clinic)}</bdi>
            </>
          ),
        },
        {
          label: t('account.id'),
          value: account === null ? t('account.noId') : <Ident value={account} label={t('account.id')} />,
        },
      ]}
    />
  );
}
