// Whose account a patient's is: attached here by a document that was looked at, shown, and ended on a page of its own.
import { Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Facts } from '../../shared/ui/facts.tsx';
import { ButtonLink } from '../../shared/ui/link.tsx';
import { Section } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { StatusTag } from '../../shared/ui/status-tag.tsx';
import { useReached } from '../admin/parts/use-follow.ts';
import { RegisterHere } from '../doctor/parts/register-here.tsx';
import { AtDesk } from './at-desk.tsx';
import { AttachForm } from './attach-form.tsx';
import classes from './desk.module.css';
import { type Attached, useAttachment } from './use-attachment.ts';
import '../../shared/text/en/desk.ts';
import '../../shared/text/en/doctor.ts';
import '../../shared/text/en/me.ts';
import '../../shared/text/en/take-over.ts';

const route = getRouteApi('/person/reception/desk/$ref');

export function AttachmentPage() {
  const { t } = useTranslation();
  const { ref } = route.useParams();
  return (
    <AtDesk patient={ref} title={t('desk.patient')}>
      {({ here }) => (
        <>
          <Section title={t('desk.account')}>
            {here ? <Attachment patient={ref} /> : <RegisterHere patient={ref} text={t('desk.register')} />}
          </Section>
          <Section title={t('takeOver.deskTitle')}>
            <ButtonLink to="/desk/$ref/take-over" params={{ ref }}>
              {t('takeOver.toDesk')}
            </ButtonLink>
          </Section>
        </>
      )}
    </AtDesk>
  );
}

function Attachment({ patient }: { patient: string }) {
  const { t } = useTranslation();
  const query = useAttachment(patient, true);
  return (
    <QueryView query={query}>
      {({ attached }) =>
        attached === null ? (
          <div className={classes.part}>
            <Text>{t('desk.none')}</Text>
            <AttachForm patient={patient} />
          </div>
        ) : (
          <Shown patient={patient} attached={attached} />
        )
      }
    </QueryView>
  );
}

function Shown({ patient, attached }: { patient: string; attached: Attached }) {
  const { t } = useTranslation();
  const { user, name, document, statement: id, status: now } = attached;
  const none = { transaction: null, height: null, outcome: null, code: null, reason: null };
  const { status } = useReached({ id, status: now, ...none });
  return (
    <div className={classes.part}>
      <Text role="status">{t('desk.attached')}</Text>
      <Facts
        facts={[
          { label: t('desk.user'), value: user === null ? t('desk.notKnown') : <bdi translate="no">{user}</bdi> },
          { label: t('desk.name'), value: name === null ? t('desk.notKnown') : <bdi>{name}</bdi> },
          { label: t('desk.document'), value: t(`desk.documents.${document}`) },
          { label: t('desk.status'), value: <StatusTag status={status === 'unknown' ? now : status} /> },
        ]}
      />
      <Text c="dimmed">{t(status === 'refused' ? 'desk.refused' : 'desk.attachedText')}</Text>
      <div>
        <ButtonLink to="/desk/$ref/end" params={{ ref: patient }}>
          {t('desk.toEnd')}
        </ButtonLink>
      </div>
    </div>
  );
}
