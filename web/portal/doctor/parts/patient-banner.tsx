// Who the patient is, on every page about them: the same four facts at the same place, so that nobody writes into another
// person's record; and allergies, as far as they may be read.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PatientCardView } from '../../../../rpc/schema/patient-search.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { useCharts } from '../data/charts.ts';
import { ALLERGY } from '../data/kinds.ts';
import { bornText, numberText, sexText } from '../data/person-name.ts';
import classes from './doctor.module.css';
import { PatientName } from './patient-name.tsx';

export function PatientBanner({ card }: { card: PatientCardView }) {
  const { t } = useTranslation();
  const { nodeClock } = useNode();
  const { birthDate, sex, number, provisional } = card;
  return (
    <section aria-label={t('doctor.patient')} className={classes.banner}>
      <span className={classes.who}>
        <PatientName card={card} />
      </span>
      <dl>
        <Fact name={t('doctor.born')}>{bornText(t, birthDate, nodeClock.now())}</Fact>
        <Fact name={t('doctor.sex')}>{sexText(t, sex)}</Fact>
        <Fact name={t('doctor.number')}>
          {number === '' ? t('doctor.notKnown') : <bdi translate="no">{numberText(number)}</bdi>}
        </Fact>
        <Fact name={t('doctor.allergies')}>
          <Allergies card={card} />
        </Fact>
        {provisional ? <Fact name={t('doctor.identifier')}>{t('doctor.provisional')}</Fact> : null}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Allergies({ card: { ref, handle } }: { card: PatientCardView }) {
  const { t } = useTranslation();
  const { data, isError } = useCharts(ref, handle);
  if (data === undefined) return t(isError ? 'doctor.allergiesFailed' : 'states.loading');
  const known = data.records.filter(({ kind, standing }) => kind === ALLERGY && standing !== 'entered-in-error');
  if (known.length > 0) {
    const names = known.map(({ title }) => (title === '' ? t('doctor.unnamed') : title));
    return <bdi>{[...new Set(names)].join(', ')}</bdi>;
  }
  // That nothing is hidden is never known: a chart shows what is shared, and nothing of the rest.
  return t('doctor.allergiesNone');
}
