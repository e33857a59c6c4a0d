// The answer to one request: who, what, why, until when; allowed or refused with the patient's own key.
import { Button, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../../common/errors.ts';
import type { MyRequest } from '../../../../rpc/schema/me.ts';
import { Actions, ErrorSummary, useFormState } from '../../../shared/form/form.tsx';
import { CANCELLED } from '../../../shared/form/use-action.ts';
import { failureText } from '../../../shared/text/errors.ts';
import { sentence } from '../../../shared/text/sentence.ts';
import { longDayText } from '../../../shared/time/format.ts';
import { LongDay, LongMoment } from '../../../shared/time/long-moment.tsx';
import { useTimePreferences } from '../../../shared/time/preferences.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import classes from '../parts/me.module.css';
import { MyView } from '../parts/my-page.tsx';
import { Person } from '../parts/person.tsx';
import { useMyRequests } from '../parts/use-mine.ts';
import { useOwnVault, useReread } from '../parts/use-own-vault.ts';
import { categoryNames, personName, whyText } from '../parts/words.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/me.ts';

const route = getRouteApi('/person/patients/me/requests/$request');

export function AnswerPage() {
  const { t } = useTranslation();
  const { request: id } = route.useParams();
  const query = useMyRequests();
  // What was answered here stays on the page, whatever the list says meanwhile.
  const [answered, setAnswered] = useState<'granted' | 'denied'>();
  return (
    <Page title={t('me.requests.title')}>
      <MyView query={query}>
        {({ requests }) => {
          const request = requests.find((one) => one.request === id);
          if (request === undefined) return <Unknown />;
          const state = answered ?? (request.state === 'open' ? undefined : request.state);
          return state === undefined ? (
            <Ask request={request} onAnswer={setAnswered} />
          ) : (
            <Answered request={request} state={state} />
          );
        }}
      </MyView>
    </Page>
  );
}

interface AskProps {
  readonly request: MyRequest;
  onAnswer(state: 'granted' | 'denied'): void;
}

function Ask({ request, onAnswer }: AskProps) {
  const { t } = useTranslation();
  const state = useFormState();
  const withVault = useOwnVault();
  const reread = useReread();
  const { zone } = useTimePreferences();
  const { from, categories, purpose, until, reason, at } = request;
  const answer = (allow: boolean) =>
    state.submit(async () => {
      try {
        await withVault((records, client, vault) => records.answerRequest(client, vault, request, allow));
        onAnswer(allow ? 'granted' : 'denied');
        await reread();
        return undefined;
      } catch (error) {
        return codeOf(error) === CANCELLED ? undefined : [{ words: failureText(error) }];
      }
    });
  return (
    <div className={classes.part} aria-busy={state.busy}>
      <ErrorSummary mistakes={state.mistakes} />
      <Facts
        facts={[
          {
            label: t('me.requests.from'),
            value: <Person who={from} clinic={from.clinic} clinicName={from.clinicName} />,
          },
          { label: t('me.requests.what'), value: sentence(categoryNames(t, categories)) },
          {
            label: t('me.requests.why'),
            value: (
              <>
                {sentence(whyText(t, [purpose]))}
                <span className={classes.note}>
                  <bdi>{reason}</bdi>
                </span>
              </>
            ),
          },
          { label: t('admin.until'), value: <LongDay time={until} /> },
          { label: t('me.requests.asked'), value: <LongMoment time={at} /> },
        ]}
      />
      <Text>
        {t('me.requests.allowText', {
          who: personName(t, from, from),
          what: categoryNames(t, categories),
          until: longDayText(until, zone),
          why: whyText(t, [purpose]),
        })}
      </Text>
      <Actions>
        <Button size="md" loading={state.busy} onClick={() => void answer(true)}>
          {t('me.requests.allow')}
        </Button>
        <Button variant="default" size="md" onClick={() => void answer(false)}>
          {t('me.requests.refuse')}
        </Button>
        <ButtonLink to="/me/requests" size="md">
          {t('me.requests.later')}
        </ButtonLink>
      </Actions>
    </div>
  );
}

function Answered({ request, state }: { request: MyRequest; state: 'granted' | 'denied' }) {
  const { t } = useTranslation();
  const { zone } = useTimePreferences();
  const { from, categories, purpose, until } = request;
  const said = {
    who: personName(t, from, from),
    what: categoryNames(t, categories),
    until: longDayText(until, zone),
    why: whyText(t, [purpose]),
  };
  return (
    <div className={classes.part}>
      <Notice title={t(`me.requests.done.${state}`)}>
        <p>{state === 'granted' ? t('me.sharing.can', said) : t('me.requests.deniedText', said)}</p>
        <div className={classes.buttons}>
          <ButtonLink to="/me/sharing">{t('me.requests.toSharing')}</ButtonLink>
          <ButtonLink to="/me/requests">{t('me.requests.toList')}</ButtonLink>
        </div>
      </Notice>
    </div>
  );
}

function Unknown() {
  const { t } = useTranslation();
  return (
    <Notice title={t('me.requests.unknown')}>
      <p>{t('me.requests.unknownText')}</p>
      <ButtonLink to="/me/requests">{t('me.requests.toList')}</ButtonLink>
    </Notice>
  );
}
