// Somebody asks the person to help another one back in: what to check first, then helping, or saying that it is not her.
import { Button, Checkbox, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fromHex, toHex } from '../../../common/bytes.ts';
import { releaseShare } from '../../../identity/vault/recovery-guardians.ts';
import { deviceKeys } from '../../../identity/vault/vault.ts';
import { checkWords } from '../../../identity/vault/words.ts';
import { Actions, Form, useFormState } from '../../shared/form/form.tsx';
import { Said } from '../../shared/form/said.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { usePerson } from '../../shared/session/session-context.tsx';
import { LongMoment } from '../../shared/time/long-moment.tsx';
import { Link } from '../../shared/ui/link.tsx';
import { Section } from '../../shared/ui/page.tsx';
import { useUnlock } from '../../shared/vault/unlock.tsx';
import { useAct } from '../parts/use-act.ts';
import classes from './recovery.module.css';
import { type AskedHeld, askedOf, useRecovery } from './use-recovery.ts';

export function HelpRequests() {
  const { t } = useTranslation();
  const asked = askedOf(useRecovery().data);
  if (asked.length === 0) return null;
  return (
    <Section title={t('help.title')}>
      {asked.map((held) => (
        <HelpRequest key={held.asked.id} held={held} />
      ))}
    </Section>
  );
}

function HelpRequest({ held }: { held: AskedHeld }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const state = useFormState();
  const act = useAct();
  const release = useRelease();
  const { hasSecondFactor } = usePerson();
  const [checked, setChecked] = useState(false);
  const { user, displayName: who, name, asked, threshold } = held;
  const help = async () => {
    if (!checked) return [{ field: `checked-${asked.id}`, words: t('help.notChecked', { who }) }];
    await act.run(() => release(held), t('help.done', { who }));
    return undefined;
  };
  const refuse = () => act.run(() => client.call('recovery_refuse', { user, request: asked.id }), t('help.refused'));
  return (
    <article className={classes.part} aria-label={t('help.for', { who })}>
      <Text>
        {t('help.text', { who, name })} <LongMoment time={asked.began} />
      </Text>
      {asked.released ? (
        <Text>{t('help.given', { who, count: asked.count, needed: threshold })}</Text>
      ) : (
        <>
          <ol className={classes.steps}>
            <li>{t('help.call', { who })}</li>
            <li>{t('help.ask', { who })}</li>
          </ol>
          <p className={classes.words} translate="no">
            {checkWords(fromHex(asked.key))}
          </p>
          <Form state={state} onSubmit={help} label={t('help.for', { who })}>
            <Checkbox
              id={`checked-${asked.id}`}
              label={t('help.checked', { who })}
              checked={checked}
              onChange={(event) => setChecked(event.currentTarget.checked)}
              error={state.wrong(`checked-${asked.id}`)}
              size="md"
            />
            {hasSecondFactor ? null : (
              <Text>
                {t('help.factor')} <Link to="/account/security">{t('waiting.second-factor')}</Link>
              </Text>
            )}
            <Actions>
              <Button type="submit" loading={state.busy}>
                {t('help.submit', { who })}
              </Button>
              <Button variant="default" onClick={() => void refuse()}>
                {t('help.refuse', { who })}
              </Button>
            </Actions>
          </Form>
        </>
      )}
      <Said said={act.said} />
    </article>
  );
}

function useRelease(): (held: AskedHeld) => Promise<unknown> {
  const { client } = useNode();
  const unlock = useUnlock();
  return async ({ user, asked, threshold }) => {
    const { open } = await unlock();
    const { secretKey } = deviceKeys(open).encryption;
    const { genesis } = await client.call('node_health');
    const of = { genesisId: fromHex(genesis), account: fromHex(asked.account), version: asked.version, threshold };
    const own = { index: asked.index, sealed: fromHex(asked.sealed), secretKey };
    const to = { id: fromHex(asked.id), key: fromHex(asked.key) };
    const sealed = await releaseShare({ ...of, hashes: asked.hashes.map(fromHex) }, own, to);
    return client.call('recovery_release', { user, request: asked.id, sealed: toHex(sealed) });
  };
}
