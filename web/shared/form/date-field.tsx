// A date in three boxes: nobody has to pick a birth date from a calendar.
import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './date-field.module.css';

/** As typed: day, month, year. */
export type TypedDate = readonly [day: string, month: string, year: string];

export interface DateFieldProps {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly value: TypedDate;
  onChange(value: TypedDate): void;
  readonly error: string | undefined;
}

const BOXES = ['day', 'month', 'year'] as const;

export function DateField({ id, label, hint, value, onChange, error }: DateFieldProps) {
  const { t } = useTranslation();
  return (
    <fieldset className={classes.field} aria-describedby={`${id}-hint ${id}-error`}>
      <legend className={classes.legend}>{label}</legend>
      <div id={`${id}-hint`} className={classes.hint}>
        {hint ?? t('form.dateHint')}
      </div>
      <div id={`${id}-error`} className={classes.error}>
        {error}
      </div>
      <div className={classes.boxes}>
        {BOXES.map((box, place) => (
          <TextInput
            key={box}
            id={place === 0 ? id : `${id}-${box}`}
            label={t(`form.${box}`)}
            value={value[place]}
            onChange={(event) =>
              onChange(value.map((old, i) => (i === place ? event.currentTarget.value : old)) as unknown as TypedDate)
            }
            inputMode="numeric"
            maxLength={box === 'year' ? 4 : 2}
            aria-invalid={error !== undefined}
            className={box === 'year' ? classes.year : classes.box}
            size="md"
          />
        ))}
      </div>
    </fieldset>
  );
}

/** YYYY-MM-DD; undefined for no date, `null` for one that the calendar does not have or that is to come. */
export function isoDate([day, month, year]: TypedDate, today: number): string | undefined | null {
  if ([day, month, year].every((part) => part.trim() === '')) return undefined;
  const [d, m, y] = [day, month, year].map((part) => (/^\d+$/.test(part.trim()) ? Number(part) : Number.NaN)) as [
    number,
    number,
    number,
  ];
  if (!(y >= 1850)) return null;
  const time = Date.UTC(y, m - 1, d);
  const date = new Date(time);
  const real = date.getUTCFullYear() === y && date.getUTCMonth() === m - 1 && date.getUTCDate() === d;
  return real && time <= today ? date.toISOString().slice(0, 10) : null;
}

export function typedDate(iso: string | undefined): TypedDate {
  const [year = '', month = '', day = ''] = iso?.split('-') ?? [];
  return [day, month, year];
}
