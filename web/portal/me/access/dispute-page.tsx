// "This looks wrong": the patient tells the privacy officer of the clinic, in own words, which access it is about.
import { Button, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MyAccess } from '../../../../rpc/schema/my-accesses.ts';
import { Actions, Form, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { failureText } from '../../../shared/text/errors.ts';
import { LongMoment } from '../../../shared/time/long-moment.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { careWord } from '../../parts/care-words.ts';
import classes from '../parts/me.module.css';
import { MyView } from '../parts/my-page.tsx';
import { Person } from '../parts/person.tsx';
import { useReread } from '../parts/use-own-vault.ts';
import { recordsText } from './records-text.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/me.ts';

const MAX_TEXT = 1000;
const route = getRouteApi('/person/patients/me/access/$event');

export function DisputePage() {
  const { t } = useTranslation();
  const { client } = useNode();
  const params = route.useParams();
  const event = /^\d{1,15}$/.test(params.event) ? Number(params.event) : 0;
  const [told, setTold] = useState(false);
  const query = useQuery({
    queryKey: ['mine', 'access-of', event],
    // The page that begins after the next event begins with this one.
    queryFn: ({ signal }) => client.call('me_access', { limit: 1, after: event + 1 }, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Page title={t('me.access.wrongTitle')} intro={t('me.access.wrongIntro')}>
      <MyView query={query}>
        {({ events: [access] }) => {
          if (access === undefined || access.event !== event) return <Over title={t('me.access.unknown')} />;
          if (told || access.disputed !== null)
            return <Over title={t('me.access.told')} text={t('me.access.toldText')} />;
          return <Tell access={access} onTold={() => setTold(true)} />;
        }}
      </MyView>
    </Page>
  );
}

function Tell({ access, onTold }: { access: MyAccess; onTold: () => void }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const reread = useReread();
  const state = useFormState();
  const [text, setText] = useState('');
  const { event, time, who, clinic, clinicName, action, records } = access;
  const submit = async () => {
    if (text.trim() === '') return [{ field: 'dispute-text', words: t('me.access.textMissing') }];
    try {
      await client.call('me_dispute', { event, text: text.trim() });
      onTold();
      await reread();
      return undefined;
    } catch (error) {
      return [{ words: failureText(error) }];
    }
  };
  return (
    <div className={classes.part}>
      <Facts
        facts={[
          { label: t('me.access.when'), value: <LongMoment time={time} zoned /> },
          { label: t('me.access.who'), value: <Person who={who} clinic={clinic} clinicName={clinicName} /> },
          {
            label: t('me.access.what'),
            value: (
              <>
                {careWord(t, 'actions', action)}
                <span className={classes.note}>
                  <bdi>{recordsText(t, records)}</bdi>
                </span>
              </>
            ),
          },
        ]}
      />
      <Form state={state} onSubmit={submit} label={t('me.access.wrongTitle')}>
        <Textarea
          id="dispute-text"
          label={t('me.access.text')}
          description={t('me.access.textHint')}
          value={text}
          onChange={(change) => setText(change.currentTarget.value)}
          error={state.wrong('dispute-text')}
          maxLength={MAX_TEXT}
          rows={4}
          size="md"
        />
        <Actions>
          <Button type="submit" size="md" loading={state.busy}>
            {t('me.access.tell')}
          </Button>
          <ButtonLink to="/me/access" size="md">
            {t('form.cancel')}
          </ButtonLink>
        </Actions>
      </Form>
    </div>
  );
}

function Over({ title, text }: { title: string; text?: string }) {
  const { t } = useTranslation();
  return (
    <div className={classes.part}>
      <Notice title={title}>
        {text === undefined ? null : <p>{text}</p>}
        <ButtonLink to="/me/access">{t('me.access.toList')}</ButtonLink>
      </Notice>
    </div>
  );
}
