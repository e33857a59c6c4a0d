// Ends the attachment of an account to a patient: whose it is, how far it reaches, what follows.
import { Button, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Actions, Form, useFormState } from '../../shared/form/form.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { Facts } from '../../shared/ui/facts.tsx';
import { ButtonLink } from '../../shared/ui/link.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { useCareAct } from '../doctor/data/use-care-act.ts';
import { AtDesk } from './at-desk.tsx';
import classes from './desk.module.css';
import { useAttachment } from './use-attachment.ts';
import '../../shared/text/en/desk.ts';
import '../../shared/text/en/doctor.ts';

const route = getRouteApi('/person/reception/desk/$ref/end');

export function EndPage() {
  const { t } = useTranslation();
  const { ref } = route.useParams();
  const [ended, setEnded] = useState(false);
  return (
    <AtDesk patient={ref} title={t('desk.endTitle')}>
      {({ here }) => (
        <div className={classes.part}>
          {ended ? (
            <Notice title={t('desk.ended')}>
              <p>{t('desk.endedText')}</p>
              <Back patient={ref} />
            </Notice>
          ) : (
            <Attachment patient={ref} here={here} onEnded={() => setEnded(true)} />
          )}
        </div>
      )}
    </AtDesk>
  );
}

interface AttachmentProps {
  readonly patient: string;
  readonly here: boolean;
  onEnded(): void;
}

function Attachment({ patient, here, onEnded }: AttachmentProps) {
  const { t } = useTranslation();
  const query = useAttachment(patient, here);
  if (!here) return <Nobody patient={patient} />;
  return (
    <QueryView query={query}>
      {({ attached }) =>
        attached === null ? (
          <Nobody patient={patient} />
        ) : (
          <>
            <Facts
              facts={[
                { label: t('desk.user'), value: <bdi translate="no">{attached.user ?? t('desk.notKnown')}</bdi> },
                { label: t('desk.name'), value: <bdi>{attached.name ?? t('desk.notKnown')}</bdi> },
                { label: t('desk.reach'), value: t('desk.endReach') },
              ]}
            />
            <Text>{t('desk.endText')}</Text>
            <Ending patient={patient} onEnded={onEnded} />
          </>
        )
      }
    </QueryView>
  );
}

function Ending({ patient, onEnded }: Omit<AttachmentProps, 'here'>) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useCareAct();
  const state = useFormState();
  const submit = () =>
    act(async () => {
      await client.call('patient_detachAccount', { patient });
      onEnded();
    });
  return (
    <Form state={state} onSubmit={submit} label={t('desk.endTitle')}>
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('desk.toEnd')}
        </Button>
        <ButtonLink to="/desk/$ref" params={{ ref: patient }} size="md">
          {t('form.cancel')}
        </ButtonLink>
      </Actions>
    </Form>
  );
}

function Nobody({ patient }: { patient: string }) {
  const { t } = useTranslation();
  return (
    <Notice title={t('desk.none')} live={false}>
      <Back patient={patient} />
    </Notice>
  );
}

function Back({ patient }: { patient: string }) {
  const { t } = useTranslation();
  return (
    <ButtonLink to="/desk/$ref" params={{ ref: patient }}>
      {t('desk.back')}
    </ButtonLink>
  );
}
