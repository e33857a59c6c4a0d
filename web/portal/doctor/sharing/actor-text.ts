// Whom a consent names, in words: what the node says by number gets the clinic's name.
import { useTranslation } from 'react-i18next';
import { useClinicName } from '../../parts/clinic-name.ts';
import { roleOf } from '../../parts/roles.ts';

export function useActorText(): (actor: string) => string {
  const { t } = useTranslation();
  const clinicName = useClinicName();
  return (actor) => {
    const clinic = /^clinic (\d+)$/.exec(actor);
    if (clinic !== null) return clinicName(Number(clinic[1]));
    const atClinic = /^([a-z-]+) at clinic (\d+)$/.exec(actor);
    const role = roleOf(atClinic?.[1]);
    if (atClinic !== null && role !== undefined) {
      return t('doctor.roleAt', { role: t(`roles.${role}`), clinic: clinicName(Number(atClinic[2])) });
    }
    const organisation = /^organisation (\d+)$/.exec(actor);
    if (organisation !== null) return t('doctor.organisation', { number: organisation[1] });
    if (actor.startsWith('application ')) return t('doctor.oneApplication');
    return actor.startsWith('account ') ? t('doctor.onePerson') : actor;
  };
}
