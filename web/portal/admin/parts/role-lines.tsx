// Roles one below the other, and their ends in the same order beside them.
import { useTranslation } from 'react-i18next';
import type { AdminUser } from '../../../../rpc/schema/admin.ts';
import { usePerson } from '../../../shared/session/session-context.tsx';
import { Deadline } from '../../../shared/time/moment.tsx';
import { useClinicName } from '../../parts/clinic-name.ts';
import classes from './admin.module.css';

type Roles = AdminUser['roles'];

export function RoleNames({ roles }: { roles: Roles }) {
  const { t } = useTranslation();
  const { clinic: here } = usePerson();
  const clinicName = useClinicName();
  if (roles.length === 0) return t('admin.none');
  return (
    <ul className={classes.lines}>
      {roles.map(({ clinic, role }) => (
        <li key={`${clinic} ${role}`}>
          {t(`roles.${role}`)}
          {clinic === here ? null : (
            <>
              , <bdi>{clinicName(clinic)}</bdi>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

export function RoleEnds({ roles }: { roles: Roles }) {
  if (roles.length === 0) return '–';
  return (
    <ul className={classes.lines}>
      {roles.map(({ clinic, role, until }) => (
        <li key={`${clinic} ${role}`}>
          <Deadline time={until} />
        </li>
      ))}
    </ul>
  );
}
