// Whether what is written here is signed by the person's own device key.
import { Checkbox } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Signing } from '../data/use-signing.ts';

export function SignChoice({ id, signing }: { id: string; signing: Signing }) {
  const { t } = useTranslation();
  if (!signing.can) return null;
  return (
    <Checkbox
      id={id}
      label={t('doctor.sign.label')}
      description={t('doctor.sign.hint')}
      checked={signing.wanted}
      onChange={(event) => signing.want(event.currentTarget.checked)}
      size="md"
    />
  );
}
