// One record of a patient: its content, its versions, what was added to it, and for the clinic that keeps it the ways to amend.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLive, useNode } from '../../../shared/node/node-context.tsx';
import { FullMoment } from '../../../shared/time/moment.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { useClinicName } from '../../parts/clinic-name.ts';
import { type ReadableRecord, useCharts } from '../data/charts.ts';
import { useCard } from '../data/patient.ts';
import { recordQuery } from '../data/record.ts';
import { isRefusal } from '../data/refusal.ts';
import classes from '../parts/doctor.module.css';
import { RecordState, recordTitle } from '../parts/record-columns.tsx';
import { RefusedRecord } from '../parts/refused-record.tsx';
import { SignedBy } from '../parts/signed-by.tsx';
import { AmendForm } from './amend-form.tsx';
import { RecordContent } from './record-content.tsx';
import { Versions } from './versions.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/doctor.ts';

const route = getRouteApi('/person/clinicians/patients/$ref/records/$clinic/$record');

export function RecordPage() {
  const { t } = useTranslation();
  const { ref, clinic, record: id } = route.useParams();
  const { data: card } = useCard(ref);
  const charts = useCharts(ref, card?.handle);
  return (
    <Page title={t('doctor.record.title')}>
      <QueryView query={charts}>
        {(readable) => {
          const record = readable.records.find((one) => one.record === id && one.clinic === Number(clinic));
          if (record !== undefined) {
            const added = readable.records.filter(({ about }) => about === id);
            return <Shown key={`${id} ${record.version}`} patient={ref} record={record} added={added} />;
          }
          // What is hidden and what is not there look alike.
          return <RefusedRecord patient={ref} />;
        }}
      </QueryView>
    </Page>
  );
}

interface ShownProps {
  readonly patient: string;
  readonly record: ReadableRecord;
  readonly added: readonly ReadableRecord[];
}

function Shown({ patient, record, added }: ShownProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const { health } = useLive();
  const clinicName = useClinicName();
  const query = useQuery(recordQuery(client, patient, record));
  const own = record.clinic === health?.clinic.number;
  return (
    <div className={classes.stack}>
      <Facts
        facts={[
          { label: t('doctor.record.what'), value: <bdi>{recordTitle(t, record)}</bdi> },
          { label: t('doctor.record.category'), value: t(`care.categories.${record.category}`) },
          { label: t('doctor.record.written'), value: <FullMoment time={record.written} /> },
          { label: t('doctor.record.clinic'), value: <bdi>{clinicName(record.clinic)}</bdi> },
          ...(record.role === null ? [] : [{ label: t('doctor.record.by'), value: t(`roles.${record.role}`) }]),
          { label: t('doctor.sign.by'), value: <SignedBy signed={record.signed} /> },
          { label: t('doctor.record.state'), value: <RecordState record={record} /> },
          ...(record.reason === '' ? [] : [{ label: t('doctor.record.reason'), value: <bdi>{record.reason}</bdi> }]),
        ]}
      />
      {record.standing === 'entered-in-error' ? (
        <Notice title={t('doctor.record.inError')} live={false}>
          <p>{t('doctor.record.inErrorText')}</p>
        </Notice>
      ) : isRefusal(query.error) ? (
        <RefusedRecord patient={patient} />
      ) : (
        <QueryView query={query}>
          {(read) => <RecordContent patient={patient} purpose={record.purpose} read={read} />}
        </QueryView>
      )}
      <Versions patient={patient} record={record} added={added} />
      {own && record.standing !== 'entered-in-error' ? (
        <Section title={t('doctor.amend.title')}>
          <AmendForm patient={patient} record={record} />
        </Section>
      ) : null}
      <div>
        <ButtonLink to="/patients/$ref" params={{ ref: patient }}>
          {t('doctor.record.toTimeline')}
        </ButtonLink>
      </div>
    </div>
  );
}
