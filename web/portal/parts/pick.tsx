// One of a few, in the browser's own list.
import { NativeSelect } from '@mantine/core';

export interface PickProps<T extends string> {
  readonly id: string;
  readonly label: string;
  /** What stands for no choice. */
  readonly none: string;
  readonly value: T | undefined;
  readonly options: Readonly<Record<T, string>>;
  onChange(value: T | undefined): void;
  readonly error?: string | undefined;
}

export function Pick<T extends string>({ id, label, none, value, options, onChange, error }: PickProps<T>) {
  const choices = Object.entries<string>(options).map(([key, words]) => ({ value: key, label: words }));
  return (
    <NativeSelect
      id={id}
      label={label}
      value={value ?? ''}
      data={[{ value: '', label: none }, ...choices]}
      onChange={(event) => onChange((event.currentTarget.value || undefined) as T | undefined)}
      error={error}
      size="md"
    />
  );
}
