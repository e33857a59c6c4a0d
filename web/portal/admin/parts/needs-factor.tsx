// Grave acts need a second factor; who has none is told before filling in a form, with the way to one.
import { useTranslation } from 'react-i18next';
import { usePerson } from '../../../shared/session/session-context.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import classes from './admin.module.css';

export function NeedsFactor() {
  const { t } = useTranslation();
  const { hasSecondFactor } = usePerson();
  if (hasSecondFactor) return null;
  return (
    <div className={classes.before}>
      <Notice title={t('admin.noFactor')} live={false}>
        <p>{t('admin.noFactorText')}</p>
        <ButtonLink to="/account/security">{t('waiting.second-factor')}</ButtonLink>
      </Notice>
    </div>
  );
}
