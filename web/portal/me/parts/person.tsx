// A person as a patient sees them: name, role, clinic.
import { useTranslation } from 'react-i18next';
import type { MyAccess } from '../../../../rpc/schema/my-accesses.ts';
import classes from './me.module.css';
import { personName, placeName } from './words.ts';

export interface PersonProps extends Pick<MyAccess, 'clinic' | 'clinicName'> {
  readonly who: MyAccess['who'];
  /** Without the clinic, where a column of its own has it. */
  readonly bare?: boolean;
}

export function Person({ who, bare = false, ...place }: PersonProps) {
  const { t } = useTranslation();
  const role = who === null || who.name === null ? null : who.role;
  const notes = [
    role === null ? undefined : t(`roles.${role}`),
    bare || who === null ? undefined : placeName(t, place),
  ];
  const said = notes.filter((note) => note !== undefined).join(', ');
  return (
    <>
      <bdi>{personName(t, who, place)}</bdi>
      {said === '' ? null : (
        <span className={classes.note}>
          <bdi>{said}</bdi>
        </span>
      )}
    </>
  );
}
