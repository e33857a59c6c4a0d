// "You may not" is a page: the reason, the next step, the way out.
import { useTranslation } from 'react-i18next';
import type { Role } from '../../../consensus/ledger/accounts/types.ts';
import { ButtonLink } from '../../shared/ui/link.tsx';
import { Page } from '../../shared/ui/page.tsx';
import { Notice } from '../../shared/ui/states.tsx';

export function Refusal({ roles }: { roles: readonly Role[] }) {
  const { t } = useTranslation();
  return (
    <Page title={t('refusal.title')}>
      <Notice title={t('refusal.heading')} live={false}>
        <p>{t('refusal.reason', { roles: roles.map((role) => t(`roles.${role}`)).join(', ') })}</p>
        <p>{t('refusal.next')}</p>
        <ButtonLink to="/">{t('refusal.out')}</ButtonLink>
      </Notice>
    </Page>
  );
}
