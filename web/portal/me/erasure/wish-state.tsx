// What became of a wish to be erased: the answer, the approvals, each clinic's word; taken back while nobody has taken it up.
import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { MyErasure } from '../../../../rpc/schema/erasure.ts';
import { Said } from '../../../shared/form/said.tsx';
import { useAction } from '../../../shared/form/use-action.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { LongMoment } from '../../../shared/time/long-moment.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import classes from '../parts/me.module.css';
import { useReread } from '../parts/use-own-vault.ts';
import { placeName } from '../parts/words.ts';

type Wish = NonNullable<MyErasure['wish']>;
type Holder = Wish['clinics'][number];

export function WishState({ wish }: { wish: Wish }) {
  const { t } = useTranslation();
  const { asked, state, answer, answered, approvals, clinics } = wish;
  return (
    <div className={classes.part}>
      <Text role="status">{t(`erasure.states.${state}`, { count: approvals })}</Text>
      <Facts
        facts={[
          { label: t('erasure.asked'), value: <LongMoment time={asked} /> },
          ...(answered === null ? [] : [{ label: t('erasure.answered'), value: <LongMoment time={answered} /> }]),
          ...(answer === null || answer === '' ? [] : [{ label: t('erasure.answer'), value: <bdi>{answer}</bdi> }]),
        ]}
      />
      {clinics.length === 0 ? null : <Holders clinics={clinics} />}
      {state === 'waiting' ? <TakeBack /> : null}
    </div>
  );
}

function Holders({ clinics }: { clinics: readonly Holder[] }) {
  const { t } = useTranslation();
  const columns: Column<Holder>[] = [
    { name: t('erasure.clinic'), wrap: true, cell: (holder) => <bdi>{placeName(t, holder)}</bdi> },
    {
      name: t('erasure.carriedOut'),
      cell: ({ answered }) => (answered === null ? t('erasure.notYet') : <LongMoment time={answered} />),
    },
  ];
  return (
    <DataTable
      caption={t('erasure.holders')}
      columns={columns}
      rows={clinics}
      rowKey={({ clinic }) => String(clinic)}
    />
  );
}

function TakeBack() {
  const { t } = useTranslation();
  const { client } = useNode();
  const action = useAction();
  const reread = useReread();
  const take = () =>
    void action.run(async () => {
      await client.call('me_erasureCancel');
      await reread();
    });
  return (
    <>
      <div>
        <Button variant="default" size="md" loading={action.busy} onClick={take}>
          {t('erasure.takeBack')}
        </Button>
      </div>
      <Said said={action.said} />
    </>
  );
}
