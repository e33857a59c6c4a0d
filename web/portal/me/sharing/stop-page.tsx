// Stops one sharing: what it was, that nothing new can be read from then on, and what cannot be taken back.
import { Button, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../../common/errors.ts';
import type { MyShare } from '../../../../rpc/schema/me.ts';
import { Actions, ErrorSummary, useFormState } from '../../../shared/form/form.tsx';
import { CANCELLED } from '../../../shared/form/use-action.ts';
import { failureText } from '../../../shared/text/errors.ts';
import { sentence } from '../../../shared/text/sentence.ts';
import { LongDay } from '../../../shared/time/long-moment.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import classes from '../parts/me.module.css';
import { MyView } from '../parts/my-page.tsx';
import { useMySharing } from '../parts/use-mine.ts';
import { useOwnVault, useReread } from '../parts/use-own-vault.ts';
import { categoryNames, sharedWithText, whyText } from '../parts/words.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/me.ts';

const route = getRouteApi('/person/patients/me/sharing/$share/stop');

export function StopPage() {
  const { t } = useTranslation();
  const { share: id } = route.useParams();
  const query = useMySharing();
  const [stopped, setStopped] = useState(false);
  const shuts = query.data?.shares.some((one) => one.share === id && one.effect === 'deny') === true;
  return (
    <Page title={t(shuts ? 'me.sharing.liftTitle' : 'me.sharing.stopTitle')}>
      <MyView query={query}>
        {({ shares, takenOver }) => {
          // That what shuts somebody out is over whoever took over says alone.
          const share = shares.find((one) => one.share === id && (one.effect === 'permit' || takenOver));
          if (stopped || share?.state === 'revoked') {
            const opens = share?.effect !== 'deny';
            return (
              <Over
                title={t(opens ? 'me.sharing.stopped' : 'me.sharing.lifted')}
                text={t(opens ? 'me.sharing.stoppedText' : 'me.sharing.liftedText')}
              />
            );
          }
          if (share === undefined) return <Over title={t('me.sharing.unknown')} text={t('me.sharing.unknownText')} />;
          return <Ask share={share} onStopped={() => setStopped(true)} />;
        }}
      </MyView>
    </Page>
  );
}

function Ask({ share, onStopped }: { share: MyShare; onStopped: () => void }) {
  const { t } = useTranslation();
  const state = useFormState();
  const withVault = useOwnVault();
  const reread = useReread();
  const opens = share.effect === 'permit';
  const stop = () =>
    state.submit(async () => {
      try {
        const stopped = await withVault((records, client, vault) => records.stopSharing(client, vault, share));
        if (stopped) onStopped();
        await reread();
        return stopped ? undefined : [{ words: t('me.sharing.vaultStopped') }];
      } catch (error) {
        return codeOf(error) === CANCELLED ? undefined : [{ words: failureText(error) }];
      }
    });
  return (
    <div className={classes.part} aria-busy={state.busy}>
      <ErrorSummary mistakes={state.mistakes} />
      <Facts
        facts={[
          { label: t('me.sharing.with'), value: <bdi>{sharedWithText(t, share)}</bdi> },
          { label: t('me.records.what'), value: sentence(categoryNames(t, share.categories)) },
          { label: t('me.requests.why'), value: sentence(whyText(t, share.purposes)) },
          { label: t('admin.until'), value: <LongDay time={share.ends} /> },
        ]}
      />
      <Text>{t(opens ? 'me.sharing.stopText' : 'me.sharing.liftText')}</Text>
      <Actions>
        <Button size="md" loading={state.busy} onClick={() => void stop()}>
          {t(opens ? 'me.sharing.stop' : 'me.sharing.lift')}
        </Button>
        <ButtonLink to="/me/sharing" size="md">
          {t('form.cancel')}
        </ButtonLink>
      </Actions>
    </div>
  );
}

function Over({ title, text }: { title: string; text: string }) {
  const { t } = useTranslation();
  return (
    <div className={classes.part}>
      <Notice title={title}>
        <p>{text}</p>
        <ButtonLink to="/me/sharing">{t('me.requests.toSharing')}</ButtonLink>
      </Notice>
    </div>
  );
}
