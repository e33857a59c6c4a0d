// People who can help the person back in: who they are, choosing others, ending it.
import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Said } from '../../shared/form/said.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import classes from '../account/account.module.css';
import { useAct } from '../parts/use-act.ts';
import { ChoosePeople } from './choose-people.tsx';
import { useGuarding } from './use-guarding.ts';
import { type Recovery, useRecovery } from './use-recovery.ts';

/** `account`: on the chain. */
export function TrustedPeople({ account }: { account: string }) {
  const { t } = useTranslation();
  const query = useRecovery();
  return (
    <QueryView query={query}>
      {({ guarding, request, held }) => (
        <div className={classes.part}>
          {guarding === null ? <None account={account} /> : <Chosen account={account} guarding={guarding} />}
          {request?.state === 'refused' ? (
            <Text>{t('trust.refused', { who: request.by ?? t('trust.gone') })}</Text>
          ) : null}
          {held.length === 0 ? null : (
            <Text>{t('trust.held', { names: held.map(({ displayName }) => displayName).join(', ') })}</Text>
          )}
        </div>
      )}
    </QueryView>
  );
}

function None({ account }: { account: string }) {
  const { t } = useTranslation();
  return (
    <>
      <Text>{t('trust.none')}</Text>
      <ChoosePeople account={account} />
    </>
  );
}

function Chosen({ account, guarding }: { account: string; guarding: NonNullable<Recovery['guarding']> }) {
  const { t } = useTranslation();
  const { end } = useGuarding();
  const act = useAct();
  const [choosing, setChoosing] = useState(false);
  const { guardians, threshold } = guarding;
  const lost = guardians.some(({ can }) => !can);
  return (
    <>
      <Text>{t('trust.chosen', { needed: threshold, count: guardians.length })}</Text>
      <ul className={classes.list}>
        {guardians.map(({ account: one, name, can }) => (
          <li key={one} className={classes.row}>
            <div className={classes.main}>
              <bdi className={classes.name}>{name ?? t('trust.gone')}</bdi>
              {can ? null : <div className={classes.note}>{t('trust.cannot')}</div>}
            </div>
          </li>
        ))}
      </ul>
      {lost ? <Text>{t('trust.renew')}</Text> : null}
      {choosing ? (
        <ChoosePeople account={account} onDone={() => setChoosing(false)} />
      ) : (
        <div className={classes.buttons}>
          <Button variant="default" onClick={() => setChoosing(true)}>
            {t('trust.others')}
          </Button>
          <Button variant="default" loading={act.busy} onClick={() => void act.run(end, t('trust.ended'))}>
            {t('trust.end')}
          </Button>
        </div>
      )}
      <Said said={act.said} />
    </>
  );
}
