// One take-over, and what this clinic says of it: that it knows of it, that it objects, or that it does no longer.
import { Button, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../../common/errors.ts';
import type { TakeOverAnswer } from '../../../../rpc/schema/take-over.ts';
import { ErrorSummary, useFormState } from '../../../shared/form/form.tsx';
import { Said } from '../../../shared/form/said.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { Deadline, FullMoment } from '../../../shared/time/moment.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { TakeOverFacts } from '../../parts/take-over-facts.tsx';
import { PatientCell } from '../erasures/patient-cell.tsx';
import classes from '../parts/admin.module.css';
import { useFormAct } from '../parts/use-form-act.ts';
import { useTakeOver } from './use-take-overs.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/doctor.ts';
import '../../../shared/text/en/take-over.ts';

type Word = 'takeover_acknowledge' | 'takeover_object' | 'takeover_withdraw';

const DONE = {
  takeover_acknowledge: 'takeOver.acknowledged',
  takeover_object: 'takeOver.clinicObjected',
  takeover_withdraw: 'takeOver.withdrawn',
} as const satisfies Record<Word, string>;

const route = getRouteApi('/person/officers/admin/take-overs/$takeOver');

export function TakeOverPage() {
  const { t } = useTranslation();
  const { takeOver: id } = route.useParams();
  const query = useTakeOver(id);
  const unknown = ['takeover.unknown', 'rpc.bad-params'].includes(codeOf(query.error) ?? '');
  return (
    <Page title={t('takeOver.adminTitle')}>
      {unknown ? (
        <Notice title={t('takeOver.unknown')}>
          <ButtonLink to="/admin/take-overs">{t('takeOver.toList')}</ButtonLink>
        </Notice>
      ) : (
        <QueryView query={query}>
          {(takeOver) => (
            <div className={classes.part}>
              <Facts facts={[{ label: t('takeOver.patient'), value: <PatientCell handle={takeOver.handle} /> }]} />
              <TakeOverFacts takeOver={takeOver} time={passed} end={toCome} />
              <Section title={t('takeOver.answer')}>
                <Answer takeOver={takeOver} />
              </Section>
            </div>
          )}
        </QueryView>
      )}
    </Page>
  );
}

function Answer({ takeOver: { takeOver, state, asked, objects, attached } }: { takeOver: TakeOverAnswer }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useFormAct();
  const form = useFormState();
  const [done, setDone] = useState<Word>();
  const say = (word: Word) =>
    void form.submit(() =>
      act(async () => {
        await client.call(word, { takeOver });
        setDone(word);
      }),
    );
  const open = state === 'open';
  const words: readonly Word[] = [
    ...(open && asked ? (['takeover_acknowledge'] as const) : []),
    ...(open && attached && !objects ? (['takeover_object'] as const) : []),
    ...(open && objects ? (['takeover_withdraw'] as const) : []),
  ].filter((word) => word !== done);
  return (
    <div className={classes.part} aria-busy={form.busy}>
      <ErrorSummary mistakes={form.mistakes} />
      <Text>
        {t(objects ? 'takeOver.objecting' : words.length > 0 ? 'takeOver.answerText' : 'takeOver.nothingToSay')}
      </Text>
      <div className={classes.buttons}>
        {words.map((word) => (
          <Button
            key={word}
            size="md"
            variant={word === 'takeover_acknowledge' ? 'filled' : 'default'}
            loading={form.busy}
            onClick={() => say(word)}
          >
            {t(LABELS[word])}
          </Button>
        ))}
        <ButtonLink to="/admin/take-overs" size="md">
          {t('takeOver.toList')}
        </ButtonLink>
      </div>
      <Said said={done === undefined ? undefined : { words: t(DONE[done]), failed: false }} />
    </div>
  );
}

const LABELS = {
  takeover_acknowledge: 'takeOver.acknowledge',
  takeover_object: 'takeOver.object',
  takeover_withdraw: 'takeOver.withdraw',
} as const satisfies Record<Word, string>;

const passed = (time: number) => <FullMoment time={time} />;
const toCome = (time: number) => <Deadline time={time} />;
