// Nothing fits the filters: not the same as nothing there.
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Notice } from '../../shared/ui/states.tsx';

export function NoMatch({ onClear }: { onClear: () => void }) {
  const { t } = useTranslation();
  return (
    <Notice title={t('admin.noMatch')}>
      <p>{t('admin.noMatchText')}</p>
      <Button variant="default" onClick={onClear}>
        {t('admin.clear')}
      </Button>
    </Notice>
  );
}
