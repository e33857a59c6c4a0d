// A patient's wish to be erased: taken up, which makes it an erasure to approve, or refused with a reason that the patient reads.
import { Button, Radio, Text } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ErasureWishView } from '../../../../rpc/schema/erasure.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { FullMoment } from '../../../shared/time/moment.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import classes from '../parts/admin.module.css';
import { ReasonField } from '../parts/reason-field.tsx';
import { useFormAct } from '../parts/use-form-act.ts';
import { WishPatient } from './patient-cell.tsx';
import { useWishes } from './use-erasures.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/doctor.ts';
import '../../../shared/text/en/own-data.ts';

type Answer = 'accept' | 'refuse';

const route = getRouteApi('/person/officers/admin/erasures/wishes/$wish');

export function WishPage() {
  const { t } = useTranslation();
  const { wish: id } = route.useParams();
  const query = useWishes();
  return (
    <Page title={t('erasures.wish')}>
      <QueryView query={query}>
        {({ wishes }) => {
          const wish = wishes.find((one) => one.wish === id && one.state === 'waiting');
          return wish === undefined ? (
            <Notice title={t('erasures.answeredAlready')}>
              <ButtonLink to="/admin/erasures">{t('erasures.toList')}</ButtonLink>
            </Notice>
          ) : (
            <div className={classes.part} key={wish.asked}>
              <WishFacts wish={wish} />
              <AnswerForm wish={wish} />
            </div>
          );
        }}
      </QueryView>
    </Page>
  );
}

function WishFacts({ wish }: { wish: ErasureWishView }) {
  const { name, as, asked, text } = wish;
  const { t } = useTranslation();
  return (
    <Facts
      facts={[
        { label: t('erasures.patient'), value: <WishPatient wish={wish} /> },
        ...(as === 'guardian' ? [{ label: t('erasures.guardian'), value: <bdi>{name ?? '–'}</bdi> }] : []),
        { label: t('erasures.asked'), value: <FullMoment time={asked} /> },
        { label: t('erasures.words'), value: text === '' ? '–' : <bdi>{text}</bdi> },
      ]}
    />
  );
}

function AnswerForm({ wish: { wish, asked } }: { wish: ErasureWishView }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const navigate = useNavigate();
  const act = useFormAct();
  const state = useFormState();
  const [answer, setAnswer] = useState<Answer>();
  const [text, setText] = useState('');
  const submit = async () => {
    const found: Mistake[] = [];
    if (answer === undefined) found.push({ field: 'wish-accept', words: t('erasures.answerMissing') });
    if (answer === 'refuse' && text.trim() === '') found.push({ field: 'wish-text', words: t('admin.reasonMissing') });
    if (answer === undefined || found.length > 0) return found;
    return act(async () => {
      const given = { wish, asked, accept: answer === 'accept', text: text.trim() };
      const { erasure } = await client.call('erasure_answer', given);
      await (erasure === null
        ? navigate({ to: '/admin/erasures' })
        : navigate({ to: '/admin/erasures/$erasure', params: { erasure } }));
    });
  };
  return (
    <Form state={state} onSubmit={submit} label={t('erasures.answer')}>
      <Text>{t('erasures.wishText')}</Text>
      <Radio.Group
        label={t('erasures.answer')}
        value={answer ?? ''}
        onChange={(value) => setAnswer(value as Answer)}
        error={state.wrong('wish-accept')}
        size="md"
      >
        <div className={classes.choices}>
          <Radio id="wish-accept" value="accept" label={t('erasures.accept')} size="md" />
          <Radio value="refuse" label={t('erasures.refuse')} size="md" />
        </div>
      </Radio.Group>
      <ReasonField
        id="wish-text"
        hint={t('erasures.patientReads')}
        value={text}
        onChange={setText}
        error={state.wrong('wish-text')}
      />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('erasures.send')}
        </Button>
        <ButtonLink to="/admin/erasures" size="md">
          {t('form.cancel')}
        </ButtonLink>
      </Actions>
    </Form>
  );
}
