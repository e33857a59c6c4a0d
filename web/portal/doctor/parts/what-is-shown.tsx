// The same sentence whether or not anything is hidden, with the ways to more; and which clinics could not be asked.
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import type { Readable } from '../data/charts.ts';
import { ClinicNames } from './clinic-names.tsx';
import classes from './doctor.module.css';

export function WhatIsShown({ patient, readable }: { patient: string; readable: Readable }) {
  const { t } = useTranslation();
  const { unreachable } = readable;
  return (
    <div className={classes.stack}>
      {unreachable.length === 0 ? null : (
        <Notice title={t('doctor.unreachable')} live={false}>
          <p>
            <ClinicNames clinics={unreachable} />
          </p>
          <p>{t('doctor.unreachableText')}</p>
        </Notice>
      )}
      <Notice title={t('doctor.shown')} live={false}>
        <p>{t('doctor.shownText')}</p>
        <div className={classes.buttons}>
          <ButtonLink to="/patients/$ref/sharing" params={{ ref: patient }}>
            {t('doctor.ask.title')}
          </ButtonLink>
          <ButtonLink to="/patients/$ref/emergency" params={{ ref: patient }}>
            {t('doctor.emergency.title')}
          </ButtonLink>
        </div>
      </Notice>
    </div>
  );
}
