// Which roles: any number of those that are offered.
import { Checkbox } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Role } from '../../../consensus/ledger/accounts/types.ts';
import classes from './role-choices.module.css';

export interface RoleChoicesProps {
  readonly label: string;
  readonly offered: readonly Role[];
  readonly value: readonly Role[];
  onChange(roles: readonly Role[]): void;
  readonly error: string | undefined;
}

/** Where an error about the roles leads. */
export const FIRST_ROLE = 'first-role';

export function RoleChoices({ label, offered, value, onChange, error }: RoleChoicesProps) {
  const { t } = useTranslation();
  return (
    <Checkbox.Group
      size="md"
      label={label}
      value={[...value]}
      onChange={(roles) => onChange(roles as Role[])}
      error={error}
    >
      <div className={classes.choices}>
        {offered.map((role, place) => (
          <Checkbox
            key={role}
            id={place === 0 ? FIRST_ROLE : `role-${role}`}
            value={role}
            label={t(`roles.${role}`)}
            size="md"
          />
        ))}
      </div>
    </Checkbox.Group>
  );
}
