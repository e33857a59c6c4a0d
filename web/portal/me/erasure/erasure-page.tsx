// Having everything erased that the clinic wrote about the patient: what it means, the wish, and what became of it.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { MyErasure } from '../../../../rpc/schema/erasure.ts';
import { LongDay } from '../../../shared/time/long-moment.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import classes from '../parts/me.module.css';
import { MyView, NotAttached } from '../parts/my-page.tsx';
import { useMyErasure } from '../parts/use-my-erasure.ts';
import { AskForm } from './ask-form.tsx';
import { WishState } from './wish-state.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/me.ts';
import '../../../shared/text/en/own-data.ts';

export function ErasurePage() {
  const { t } = useTranslation();
  const query = useMyErasure();
  return (
    <Page title={t('erasure.title')} intro={t('erasure.intro')}>
      <MyView query={query}>{(erasure) => <Erasure erasure={erasure} />}</MyView>
    </Page>
  );
}

function Erasure({ erasure: { attached, wish, holds } }: { erasure: MyErasure }) {
  const { t } = useTranslation();
  const running = wish !== null && wish.state !== 'refused' && wish.state !== 'done';
  if (!attached && wish === null) return <NotAttached />;
  return (
    <>
      {holds.length === 0 ? null : <Holds holds={holds} />}
      {wish === null ? null : (
        <Section title={t('erasure.yours')}>
          <WishState wish={wish} />
        </Section>
      )}
      {running || !attached ? null : (
        <Section title={t('erasure.means')}>
          <Meaning />
          <AskForm />
        </Section>
      )}
    </>
  );
}

function Holds({ holds }: Pick<MyErasure, 'holds'>) {
  const { t } = useTranslation();
  return (
    <div className={classes.part}>
      <Notice title={t('erasure.held')} live={false}>
        <p>{t('erasure.heldText')}</p>
        <ul className={classes.plain}>
          {holds.map(({ text, since }) => (
            <li key={`${since} ${text}`}>
              <bdi>{text}</bdi>
              <span className={classes.note}>
                {t('erasure.since')} <LongDay time={since} />
              </span>
            </li>
          ))}
        </ul>
      </Notice>
    </div>
  );
}

const POINTS = ['keys', 'vault', 'everywhere', 'chain', 'others', 'account', 'forGood'] as const;

function Meaning() {
  const { t } = useTranslation();
  return (
    <div className={classes.part}>
      <ul className={classes.plain}>
        {POINTS.map((point) => (
          <li key={point}>{t(`erasure.points.${point}`)}</li>
        ))}
      </ul>
      <Text>{t('erasure.two')}</Text>
    </div>
  );
}
