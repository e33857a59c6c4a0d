// The day on which something ends, with that day included.
import { useTranslation } from 'react-i18next';
import { DateField, type TypedDate } from '../../shared/form/date-field.tsx';

export interface UntilFieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: TypedDate;
  onChange(value: TypedDate): void;
  readonly error: string | undefined;
}

export function UntilField(props: UntilFieldProps) {
  const { t } = useTranslation();
  return <DateField {...props} hint={t('admin.untilHint')} />;
}
