// An id under which this clinic knows nobody: mistyped, or erased.
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Notice } from '../../../shared/ui/states.tsx';

export function UnknownPerson() {
  const { t } = useTranslation();
  return (
    <Notice title={t('admin.user.unknown')}>
      <p>{t('admin.user.unknownText')}</p>
      <ButtonLink to="/admin/users">{t('admin.user.toList')}</ButtonLink>
    </Notice>
  );
}
