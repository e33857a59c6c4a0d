// Around what reception does about one patient: who it is, or that the address leads to nobody.
import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../common/errors.ts';
import type { PatientCardView } from '../../../rpc/schema/patient-search.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import { Facts } from '../../shared/ui/facts.tsx';
import { ButtonLink } from '../../shared/ui/link.tsx';
import { Page } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { useCard } from '../doctor/data/patient.ts';
import { bornText, numberText, sexText } from '../doctor/data/person-name.ts';
import { PatientName } from '../doctor/parts/patient-name.tsx';
import classes from './desk.module.css';

export interface AtDeskProps {
  readonly patient: string;
  readonly title: string;
  readonly children: (card: PatientCardView) => ReactNode;
}

export function AtDesk({ patient, title, children }: AtDeskProps) {
  const { t } = useTranslation();
  const query = useCard(patient);
  return (
    <Page title={title}>
      {codeOf(query.error) === 'identifier.ref' ? (
        <Notice title={t('desk.unknown')}>
          <p>{t('desk.unknownText')}</p>
          <ButtonLink to="/desk">{t('desk.toSearch')}</ButtonLink>
        </Notice>
      ) : (
        <QueryView query={query}>
          {(card) => (
            // What is typed about one patient must not stand below another one's name.
            <Fragment key={patient}>
              <Who card={card} />
              {children(card)}
            </Fragment>
          )}
        </QueryView>
      )}
    </Page>
  );
}

function Who({ card }: { card: PatientCardView }) {
  const { t } = useTranslation();
  const { nodeClock } = useNode();
  const { birthDate, sex, number, provisional } = card;
  return (
    <section aria-label={t('desk.patient')} className={classes.who}>
      <Facts
        facts={[
          { label: t('desk.called'), value: <PatientName card={card} /> },
          { label: t('doctor.born'), value: bornText(t, birthDate, nodeClock.now()) },
          { label: t('doctor.sex'), value: sexText(t, sex) },
          {
            label: t('doctor.number'),
            value: number === '' ? t('doctor.notKnown') : <bdi translate="no">{numberText(number)}</bdi>,
          },
          ...(provisional ? [{ label: t('doctor.identifier'), value: t('doctor.provisional') }] : []),
        ]}
      />
    </section>
  );
}
