// Who acts for the patient at this clinic, until when, and a way to end it or to let somebody else.
import { Button, TextInput } from '@mantine/core';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../../common/errors.ts';
import type { Result } from '../../../../rpc/schema/methods.ts';
import type { RepresentativeView } from '../../../../rpc/schema/representative.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { CANCELLED } from '../../../shared/form/use-action.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { failureText } from '../../../shared/text/errors.ts';
import { LongDay } from '../../../shared/time/long-moment.tsx';
import { Link } from '../../../shared/ui/link.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { typedDay, untilOf } from '../../parts/until.ts';
import { UntilField } from '../../parts/until-field.tsx';
import { useRepresented } from '../acting/acting.tsx';
import classes from '../parts/me.module.css';
import { MyView } from '../parts/my-page.tsx';
import { useOwnVault, useReread } from '../parts/use-own-vault.ts';
import { useMyTakeOvers } from '../take-over/use-my-take-overs.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/carers.ts';
import '../../../shared/text/en/me.ts';

/** Half a year is offered; any day of a year can be typed. */
const OFFERED_MS = 182 * 86_400_000;

export function useMyPeople(): UseQueryResult<Result<'me_representatives'>> {
  const { client } = useNode();
  return useQuery({
    queryKey: ['mine', 'people'],
    queryFn: ({ signal }) => client.call('me_representatives', {}, signal),
  });
}

export function PeoplePage() {
  const { t } = useTranslation();
  const query = useMyPeople();
  const mayName = useRepresented()?.kind !== 'delegate';
  return (
    <Page title={t('carers.title')} intro={t('carers.intro')}>
      <MyView query={query}>
        {({ representatives }) => (
          <>
            {representatives.length === 0 ? (
              <Notice title={t('carers.none')} live={false}>
                <p>{t('carers.noneText')}</p>
              </Notice>
            ) : (
              <PeopleTable representatives={representatives} />
            )}
            {mayName ? (
              <Section title={t('carers.new')}>
                <NameForm />
              </Section>
            ) : null}
          </>
        )}
      </MyView>
    </Page>
  );
}

function PeopleTable({ representatives }: { representatives: readonly RepresentativeView[] }) {
  const { t } = useTranslation();
  const takenOver = (useMyTakeOvers().data?.authority ?? null) !== null;
  const columns: Column<RepresentativeView>[] = [
    { name: t('carers.who'), wrap: true, cell: ({ name }) => <bdi>{name ?? t('me.somebody')}</bdi> },
    { name: t('carers.as'), wrap: true, cell: ({ kind }) => t(`carers.kinds.${kind}`) },
    { name: t('carers.from'), cell: ({ from }) => <LongDay time={from} /> },
    { name: t('admin.until'), cell: ({ ends, endedAt }) => <LongDay time={endedAt ?? ends} /> },
    { name: t('admin.status'), cell: ({ state }) => t(`carers.states.${state}`) },
    {
      name: t('carers.endHeader'),
      wrap: true,
      cell: ({ representative, state, kind }) => {
        if (state !== 'acts') return '';
        if (kind === 'guardian' && !takenOver) return t('carers.byReception');
        return (
          <Link to="/me/people/$representative/end" params={{ representative }} className={classes.target}>
            {t('carers.toEnd')}
          </Link>
        );
      },
    },
  ];
  return (
    <DataTable
      caption={t('carers.title')}
      columns={columns}
      rows={representatives}
      rowKey={({ representative }) => representative}
    />
  );
}

function NameForm() {
  const { t } = useTranslation();
  const { nodeClock } = useNode();
  const state = useFormState();
  const withVault = useOwnVault();
  const reread = useReread();
  const [user, setUser] = useState('');
  const [day, setDay] = useState(() => typedDay(nodeClock.now() + OFFERED_MS));
  const submit = async () => {
    const until = untilOf(day, nodeClock.now());
    const found: Mistake[] = [];
    if (user.trim() === '') found.push({ field: 'people-user', words: t('carers.userMissing') });
    if (until === undefined) found.push({ field: 'people-until', words: t('admin.untilWrong') });
    if (until === undefined || found.length > 0) return found;
    try {
      await withVault((records, rpc, vault) => records.nameDelegate(rpc, vault, { user: user.trim(), until }));
      await reread();
      setUser('');
      return undefined;
    } catch (error) {
      return codeOf(error) === CANCELLED ? undefined : [{ words: failureText(error) }];
    }
  };
  return (
    <Form state={state} onSubmit={submit} label={t('carers.new')}>
      <TextInput
        id="people-user"
        label={t('carers.user')}
        description={t('carers.userHint')}
        value={user}
        onChange={(event) => setUser(event.currentTarget.value)}
        error={state.wrong('people-user')}
        autoCapitalize="none"
        size="md"
      />
      <UntilField
        id="people-until"
        label={t('admin.until')}
        value={day}
        onChange={setDay}
        error={state.wrong('people-until')}
      />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('carers.submit')}
        </Button>
      </Actions>
    </Form>
  );
}
