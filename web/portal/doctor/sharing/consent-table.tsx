// What this clinic shares of its chart of a patient, with the way to stop it.
import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ConsentEntry } from '../../../../rpc/schema/consent.ts';
import { Said } from '../../../shared/form/said.tsx';
import { useAction } from '../../../shared/form/use-action.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { Deadline } from '../../../shared/time/moment.tsx';
import { careWord } from '../../parts/care-words.ts';
import classes from '../parts/doctor.module.css';
import { useActorText } from './actor-text.ts';

export function ConsentTable({ consents }: { consents: readonly ConsentEntry[] }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const queries = useQueryClient();
  const action = useAction();
  const actorText = useActorText();
  const stop = (consent: string) =>
    void action.run(async () => {
      await client.call('consent_revoke', { consent });
      await queries.invalidateQueries({ queryKey: ['doctor'] });
    }, t('doctor.sharing.stopped'));
  const columns: Column<ConsentEntry>[] = [
    { name: t('doctor.sharing.with'), wrap: true, cell: ({ to }) => <bdi>{to.map(actorText).join(', ')}</bdi> },
    {
      name: t('doctor.sharing.what'),
      wrap: true,
      cell: ({ categories, narrowed, organisationRuleOff, passedOn }) => (
        <span className={classes.words}>
          {organisationRuleOff
            ? t('doctor.sharing.branchesOff')
            : categories.map((one) => t(`care.categories.${one}`)).join(', ')}
          {organisationRuleOff ? <span className={classes.note}>{t('doctor.sharing.branchesOffText')}</span> : null}
          {passedOn ? <span className={classes.note}>{t('doctor.sharing.passedOn')}</span> : null}
          {narrowed ? <span className={classes.note}>{t('doctor.sharing.narrowed')}</span> : null}
        </span>
      ),
    },
    {
      name: t('doctor.sharing.why'),
      wrap: true,
      cell: ({ purposes }) => (
        <span className={classes.brief}>{purposes.map((one) => careWord(t, 'purposes', one)).join(', ')}</span>
      ),
    },
    { name: t('doctor.sharing.until'), cell: ({ ends }) => <Deadline time={ends} /> },
    {
      name: t('doctor.record.state'),
      cell: ({ effect, state }) =>
        effect === 'deny' && state === 'active' ? t('doctor.sharing.shutOut') : t(`doctor.sharing.states.${state}`),
    },
    {
      name: t('doctor.sharing.stop'),
      cell: ({ consent, state }) =>
        state === 'active' ? (
          <Button variant="default" size="xs" onClick={() => stop(consent)} loading={action.busy}>
            {t('doctor.sharing.stop')}
          </Button>
        ) : (
          '–'
        ),
    },
  ];
  return (
    <div className={classes.stack}>
      <DataTable
        caption={t('doctor.sharing.given')}
        hideCaption
        columns={columns}
        rows={consents}
        rowKey={({ consent }) => consent}
      />
      <Said said={action.said} />
    </div>
  );
}
