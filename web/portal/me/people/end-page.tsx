// Ends what somebody may do for the patient: who it is, that it is over at once, and what cannot be taken back.
import { Button, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../../common/errors.ts';
import type { RepresentativeView } from '../../../../rpc/schema/representative.ts';
import { Actions, ErrorSummary, useFormState } from '../../../shared/form/form.tsx';
import { CANCELLED } from '../../../shared/form/use-action.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { failureText } from '../../../shared/text/errors.ts';
import { LongDay } from '../../../shared/time/long-moment.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import classes from '../parts/me.module.css';
import { MyView } from '../parts/my-page.tsx';
import { useOwnVault, useReread } from '../parts/use-own-vault.ts';
import { useMyPeople } from './people-page.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/carers.ts';
import '../../../shared/text/en/me.ts';

const route = getRouteApi('/person/patients/me/people/$representative/end');

export function EndPage() {
  const { t } = useTranslation();
  const { representative: id } = route.useParams();
  const query = useMyPeople();
  return (
    <Page title={t('carers.endTitle')}>
      <MyView query={query}>
        {({ representatives }) => {
          const one = representatives.find(({ representative }) => representative === id);
          return one?.state === 'acts' ? <Ask one={one} /> : <Over known={one !== undefined} />;
        }}
      </MyView>
    </Page>
  );
}

function Ask({ one }: { one: RepresentativeView }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const state = useFormState();
  const reread = useReread();
  const withVault = useOwnVault();
  const end = () =>
    state.submit(async () => {
      try {
        const { representative } = one;
        // A guardian's is ended with the key of a take-over alone.
        if (one.kind === 'guardian')
          await withVault((records, rpc, vault) => records.endActing(rpc, vault, representative));
        else await client.call('me_representativeEnd', { representative });
        await reread();
        return undefined;
      } catch (error) {
        return codeOf(error) === CANCELLED ? undefined : [{ words: failureText(error) }];
      }
    });
  return (
    <div className={classes.part} aria-busy={state.busy}>
      <ErrorSummary mistakes={state.mistakes} />
      <Facts
        facts={[
          { label: t('carers.who'), value: <bdi>{one.name ?? t('me.somebody')}</bdi> },
          { label: t('carers.as'), value: t(`carers.kinds.${one.kind}`) },
          { label: t('admin.until'), value: <LongDay time={one.ends} /> },
        ]}
      />
      <Text>{t('carers.endText')}</Text>
      <Actions>
        <Button size="md" loading={state.busy} onClick={() => void end()}>
          {t('carers.end')}
        </Button>
        <ButtonLink to="/me/people" size="md">
          {t('form.cancel')}
        </ButtonLink>
      </Actions>
    </div>
  );
}

function Over({ known }: { known: boolean }) {
  const { t } = useTranslation();
  return (
    <div className={classes.part}>
      <Notice title={t(known ? 'carers.ended' : 'carers.unknown')}>
        <p>{t(known ? 'carers.endedText' : 'carers.unknownText')}</p>
        <ButtonLink to="/me/people">{t('carers.toList')}</ButtonLink>
      </Notice>
    </div>
  );
}
