// Choosing two to seven people by their user names, and how many of them it takes.
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../common/errors.ts';
import { MAX_RECOVERY_GUARDIANS, MIN_RECOVERY_GUARDIANS } from '../../../identity/vault/recovery-guardians.ts';
import { Actions, Form, useFormState } from '../../shared/form/form.tsx';
import { Said } from '../../shared/form/said.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { failureText } from '../../shared/text/errors.ts';
import classes from '../account/account.module.css';
import { useAct } from '../parts/use-act.ts';
import { type Chosen, useGuarding } from './use-guarding.ts';

export function ChoosePeople({ account, onDone }: { account: string; onDone?: () => void }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const { set } = useGuarding();
  const act = useAct();
  const state = useFormState();
  const finding = useFormState();
  const [typed, setTyped] = useState('');
  const [people, setPeople] = useState<readonly Chosen[]>([]);
  const [wanted, setWanted] = useState(MIN_RECOVERY_GUARDIANS);
  const threshold = Math.max(MIN_RECOVERY_GUARDIANS, Math.min(wanted, people.length));
  const wrong = (words: string) => [{ field: 'trusted-name', words }];

  const add = async () => {
    if (typed.trim() === '') return wrong(t('trust.missing'));
    if (people.length >= MAX_RECOVERY_GUARDIANS) return wrong(t('trust.many', { count: MAX_RECOVERY_GUARDIANS }));
    try {
      const found = await client.call('recovery_find', { name: typed.trim() });
      if (people.some((one) => one.account === found.account)) return wrong(t('trust.twice'));
      setPeople([...people, found]);
      setTyped('');
      return undefined;
    } catch (error) {
      return wrong(codeOf(error) === 'people.unknown' ? t('trust.unknown') : failureText(error));
    }
  };
  const keep = async () => {
    if (people.length < MIN_RECOVERY_GUARDIANS) return wrong(t('trust.few', { count: MIN_RECOVERY_GUARDIANS }));
    if (await act.run(() => set(account, people, threshold), t('trust.kept'))) onDone?.();
    return undefined;
  };
  const counts = Array.from({ length: Math.max(1, people.length - 1) }, (_, at) => at + MIN_RECOVERY_GUARDIANS);
  return (
    <div className={classes.part}>
      <Form state={finding} onSubmit={add} label={t('trust.add')}>
        <TextInput
          id="trusted-name"
          label={t('trust.name')}
          description={t('trust.nameHint')}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={finding.wrong('trusted-name') ?? state.wrong('trusted-name')}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          maxLength={256}
          size="md"
        />
        <Actions>
          <Button type="submit" variant="default" loading={finding.busy}>
            {t('trust.add')}
          </Button>
        </Actions>
      </Form>
      {people.length === 0 ? null : (
        <ul className={classes.list} aria-label={t('trust.people')}>
          {people.map(({ account: one, name, secondFactor }) => (
            <li key={one} className={classes.row}>
              <span>
                <bdi className={classes.name}>{name}</bdi>
                {secondFactor ? null : <span className={classes.note}>{t('trust.noFactor')}</span>}
              </span>
              <Button
                variant="default"
                aria-label={t('trust.removeNamed', { name })}
                onClick={() => setPeople(people.filter((other) => other.account !== one))}
              >
                {t('trust.remove')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Form state={state} onSubmit={keep} label={t('trust.keep')}>
        <NativeSelect
          id="trusted-threshold"
          label={t('trust.threshold')}
          description={t('trust.thresholdHint')}
          value={String(threshold)}
          onChange={(event) => setWanted(Number(event.currentTarget.value))}
          data={counts.map((count) => ({ value: String(count), label: t('trust.ofThem', { count }) }))}
          size="md"
        />
        <Actions>
          <Button type="submit" variant="default" loading={state.busy}>
            {t('trust.keep')}
          </Button>
          {onDone === undefined ? null : (
            <Button variant="default" onClick={onDone}>
              {t('form.cancel')}
            </Button>
          )}
        </Actions>
      </Form>
      <Said said={act.said} />
    </div>
  );
}
