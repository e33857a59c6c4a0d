// Reception says that the person who takes over a patient's records stood there: which take-over, found by the code that the
// person reads out, and the document.
import { Button, Checkbox, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Actions, Form, useFormState } from '../../shared/form/form.tsx';
import { Said } from '../../shared/form/said.tsx';
import { useLive, useNode } from '../../shared/node/node-context.tsx';
import { Deadline, FullMoment } from '../../shared/time/moment.tsx';
import { READ_OUT } from '../../shared/ui/ident.tsx';
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
/** With what stands between its groups. */
const MAX_TYPED = 128;
const CODE = new RegExp(`^[0-9a-f]{${READ_OUT}}$`);
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
  const [code, setCode] = useState<string>();
  return (
    <div className={classes.part}>
      <Section title={t('takeOver.find')}>
        <CodeForm onCode={setCode} />
      </Section>
      {code === undefined ? null : <Found key={code} patient={patient} code={code} />}
      <div>
        <ButtonLink to="/desk/$ref" params={{ ref: patient }}>
          {t('desk.back')}
        </ButtonLink>
      </div>
    </div>
  );
}

function CodeForm({ onCode }: { onCode: (code: string) => void }) {
  const { t } = useTranslation();
  const state = useFormState();
  const [typed, setTyped] = useState('');
  const submit = async () => {
    const code = typed.replaceAll(/\s/g, '').toLowerCase();
    if (!CODE.test(code)) return [{ field: 'take-over-code', words: t('takeOver.codeMissing') }];
    onCode(code);
    return undefined;
  };
  return (
    <Form state={state} onSubmit={submit} label={t('takeOver.find')}>
      <TextInput
        id="take-over-code"
        label={t('takeOver.codeTyped')}
        description={t('takeOver.codeTypedHint')}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        error={state.wrong('take-over-code')}
        maxLength={MAX_TYPED}
        dir="ltr"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        size="md"
      />
      <Actions>
        <Button type="submit" size="md" variant="default" loading={state.busy}>
          {t('takeOver.findSubmit')}
        </Button>
      </Actions>
    </Form>
  );
}

/** By its code alone: among many that others began for this patient there is nothing to choose. */
function Found({ patient, code }: { patient: string; code: string }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const { health } = useLive();
  const query = useQuery({
    queryKey: ['doctor', 'take-overs', patient, code],
    queryFn: ({ signal }) => client.call('takeover_list', { patient, code }, signal),
    refetchInterval: EVERY_MS,
  });
  return (
    <QueryView query={query}>
      {({ takeOvers: [one] }) => {
        if (one === undefined) {
          return (
            <Notice title={t('takeOver.none')}>
              <p>{t('takeOver.noneText')}</p>
            </Notice>
          );
        }
        const here = health?.clinic.number;
        const seen = here !== undefined && one.witnesses.includes(here);
        return (
          <>
            <Section title={t('takeOver.adminTitle')}>
              <TakeOverFacts takeOver={one} time={passed} end={toCome} />
              {seen ? <Text>{t('takeOver.witnessedHere')}</Text> : null}
            </Section>
            <Section title={t('takeOver.witness')}>
              <WitnessForm
                takeOver={one.takeOver}
                open={one.state === 'open' && one.readyAt === null && here !== undefined && !seen}
              />
            </Section>
          </>
        );
      }}
    </QueryView>
  );
}

function WitnessForm({ takeOver, open }: { takeOver: string; open: boolean }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useCareAct();
  const state = useFormState();
  const [sure, setSure] = useState(false);
  const [said, setSaid] = useState(false);
  const submit = async () => {
    if (!sure) return [{ field: 'take-over-sure', words: t('takeOver.sureMissing') }];
    return act(async () => {
      await client.call('takeover_witness', { takeOver });
      setSure(false);
      setSaid(true);
    });
  };
  if (!open) {
    return <Said said={{ words: t(said ? 'takeOver.witnessed' : 'takeOver.nothingToSay'), failed: false }} />;
  }
  return (
    <Form state={state} onSubmit={submit} label={t('takeOver.witness')}>
      <Text c="dimmed">{t('takeOver.witnessText')}</Text>
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
