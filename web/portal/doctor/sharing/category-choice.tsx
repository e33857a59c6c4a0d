// Which records are asked for or passed on.
import { Checkbox } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Params } from '../../../../rpc/schema/methods.ts';
import classes from '../parts/doctor.module.css';

export type Category = Params<'consent_request'>['categories'][number];

export const CATEGORIES = [
  'medications',
  'problems',
  'labs',
  'imaging',
  'notes',
  'demographics',
  'psychiatric',
  'sexual',
  'hiv',
  'substance',
  'genomics',
] as const satisfies readonly Category[];

export interface CategoryChoiceProps {
  /** Begins the ids of the boxes; mistakes lead to the first. */
  readonly id: string;
  readonly label: string;
  readonly value: readonly string[];
  onChange(value: readonly string[]): void;
  wrong(field: string): string | undefined;
}

export function firstCategory(id: string): string {
  return `${id}-${CATEGORIES[0]}`;
}

export function CategoryChoice({ id, label, value, onChange, wrong }: CategoryChoiceProps) {
  const { t } = useTranslation();
  return (
    <Checkbox.Group size="md" label={label} value={[...value]} onChange={onChange} error={wrong(firstCategory(id))}>
      <div className={classes.choices}>
        {CATEGORIES.map((one) => (
          <Checkbox key={one} id={`${id}-${one}`} value={one} label={t(`care.categories.${one}`)} size="md" />
        ))}
      </div>
    </Checkbox.Group>
  );
}
