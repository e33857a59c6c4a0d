// Why an administrator does it: kept, and read by other administrators.
import { Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';

const MAX_REASON = 500;

export interface ReasonFieldProps {
  readonly id: string;
  readonly hint: string;
  readonly value: string;
  onChange(value: string): void;
  readonly error: string | undefined;
}

export function ReasonField({ id, hint, value, onChange, error }: ReasonFieldProps) {
  const { t } = useTranslation();
  return (
    <Textarea
      id={id}
      label={t('admin.reason')}
      description={hint}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      maxLength={MAX_REASON}
      rows={3}
      size="md"
    />
  );
}
