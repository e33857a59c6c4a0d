// Reception says that the person who takes over a patient's records stood there: which take-over, by its code, and the document.
import { Button, Checkbox, Radio, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TakeOverAnswer } from '../../../rpc/schema/take-over.ts';
import { Actions, Form, type Mistake, useFormState } from '../../shared/form/form.tsx';
import { Said } from '../../shared/form/said.tsx';
import { useLive, useNode } from '../../shared/node/node-context.tsx';
import { Deadline, FullMoment } from '../../shared/time/moment.tsx';
import { ShortIdent } from '../../shared/ui/ident.tsx';
import { ButtonLink } from '../../shared/ui/link.tsx';
import { Section } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { useCareAct } from '../doctor/data/use-care-act.ts';
import { TakeOverFacts } from '../parts/take-over-facts.tsx';
import { AtDesk } from './at-desk.tsx';
import classes from './desk.module.css';
import '../../shared/text/en/admin.ts';
import '../../shared/text/en/desk.ts';
import '../../shared/text/en/doctor.ts';
import '../../shared/text/en/take-over.ts';

const EVERY_MS = 5_000;
const route = getRouteApi('/person/reception/desk/$ref/take-over');

export function TakeOverPage() {
  const { t } = useTranslation();
  const { ref } = route.useParams();
  return (
    <AtDesk patient={ref} title={t('takeOver.deskTitle')}>
      {() => <TakeOvers patient={ref} />}
    </AtDesk>
  );
}

function TakeOvers({ patient }: { patient: string }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const { health } = useLive();
  const query = useQuery({
    queryKey: ['doctor', 'take-overs', patient],
    queryFn: ({ signal }) => client.call('takeover_list', { patient }, signal),
    refetchInterval: EVERY_MS,
  });
  return (
    <QueryView query={query}>
      {({ takeOvers }) => {
        const open = takeOvers.filter(({ state }) => state === 'open');
        const here = health?.clinic.number;
        const unseen = open.filter(
          ({ readyAt, witnesses }) => readyAt === null && here !== undefined && !witnesses.includes(here),
        );
        return (
          <div className={classes.part}>
            <Section title={t('takeOver.underWay')}>
              <div className={classes.part}>
                {open.length === 0 ? (
                  <Notice title={t('takeOver.none')} live={false}>
                    <p>{t('takeOver.noneText')}</p>
                  </Notice>
                ) : (
                  open.map((one) => (
                    <section key={one.takeOver} aria-label={t('takeOver.adminTitle')} className={classes.part}>
                      <TakeOverFacts takeOver={one} time={passed} end={toCome} />
                      {here !== undefined && one.witnesses.includes(here) ? (
                        <Text>{t('takeOver.witnessedHere')}</Text>
                      ) : null}
                    </section>
                  ))
                )}
              </div>
            </Section>
            <Section title={t('takeOver.witness')}>
              <WitnessForm takeOvers={unseen} />
            </Section>
            <div>
              <ButtonLink to="/desk/$ref" params={{ ref: patient }}>
                {t('desk.back')}
              </ButtonLink>
            </div>
          </div>
        );
      }}
    </QueryView>
  );
}

function WitnessForm({ takeOvers }: { takeOvers: readonly TakeOverAnswer[] }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useCareAct();
  const state = useFormState();
  const [chosen, setChosen] = useState<string>();
  const [sure, setSure] = useState(false);
  const [said, setSaid] = useState(false);
  const first = `take-over-${takeOvers[0]?.takeOver}`;
  const submit = async () => {
    const found: Mistake[] = [];
    const takeOver = takeOvers.find((one) => one.takeOver === chosen)?.takeOver;
    if (takeOver === undefined) found.push({ field: first, words: t('takeOver.whichMissing') });
    if (!sure) found.push({ field: 'take-over-sure', words: t('takeOver.sureMissing') });
    if (takeOver === undefined || found.length > 0) return found;
    return act(async () => {
      await client.call('takeover_witness', { takeOver });
      setSure(false);
      setSaid(true);
    });
  };
  if (takeOvers.length === 0) {
    return <Said said={{ words: t(said ? 'takeOver.witnessed' : 'takeOver.nothingToSay'), failed: false }} />;
  }
  return (
    <Form state={state} onSubmit={submit} label={t('takeOver.witness')}>
      <Text c="dimmed">{t('takeOver.witnessText')}</Text>
      <Radio.Group
        label={t('takeOver.which')}
        value={chosen ?? ''}
        onChange={setChosen}
        error={state.wrong(first)}
        size="md"
      >
        <div className={classes.choices}>
          {takeOvers.map(({ takeOver }) => (
            <Radio
              key={takeOver}
              id={`take-over-${takeOver}`}
              value={takeOver}
              label={<ShortIdent value={takeOver} />}
              size="md"
            />
          ))}
        </div>
      </Radio.Group>
      <Checkbox
        id="take-over-sure"
        label={t('takeOver.sure')}
        checked={sure}
        onChange={(event) => setSure(event.currentTarget.checked)}
        error={state.wrong('take-over-sure')}
        size="md"
      />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('takeOver.witnessSubmit')}
        </Button>
      </Actions>
      <Said said={said ? { words: t('takeOver.witnessed'), failed: false } : undefined} />
    </Form>
  );
}

const passed = (time: number) => <FullMoment time={time} />;
const toCome = (time: number) => <Deadline time={time} />;
