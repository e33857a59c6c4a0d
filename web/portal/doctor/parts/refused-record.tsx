// A record that may not be read, or that is not there: the same page for both, with the next step and the way out.
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import classes from './doctor.module.css';

export function RefusedRecord({ patient }: { patient: string }) {
  const { t } = useTranslation();
  return (
    <Notice title={t('doctor.refused')}>
      <p>{t('doctor.shownText')}</p>
      <div className={classes.buttons}>
        <ButtonLink to="/patients/$ref/sharing" params={{ ref: patient }}>
          {t('doctor.ask.title')}
        </ButtonLink>
        <ButtonLink to="/patients/$ref/emergency" params={{ ref: patient }}>
          {t('doctor.emergency.title')}
        </ButtonLink>
        <ButtonLink to="/patients/$ref" params={{ ref: patient }}>
          {t('doctor.record.toTimeline')}
        </ButtonLink>
      </div>
    </Notice>
  );
}
