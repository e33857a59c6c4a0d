// What the network cannot promise now, in the node's own sentences.

import { useLive } from '../../shared/node/node-context.tsx';
import { texts } from '../../shared/text/i18n.ts';
import { Section } from '../../shared/ui/page.tsx';
import classes from './claims.module.css';

export function Claims() {
  const { health } = useLive();
  if (health === undefined || health.claims.length === 0) return null;
  return (
    <Section title={texts.t('chain.claims.whatThisNetwork')}>
      <ul className={classes.claims}>
        {health.claims.map((claim) => (
          <li key={claim}>{claim}</li>
        ))}
      </ul>
    </Section>
  );
}
