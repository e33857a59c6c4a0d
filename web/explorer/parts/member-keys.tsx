// The public keys of one clinic, behind its name.
import { texts } from '../../shared/text/i18n.ts';
import { Facts } from '../../shared/ui/facts.tsx';
import { WholeIdent } from '../../shared/ui/ident.tsx';
import type { Member } from '../data/voters.ts';
import classes from './member-keys.module.css';

export function MemberKeys({ member }: { member: Member }) {
  const key = (label: string, value: string) => ({ label, value: <WholeIdent value={value} label={label} /> });
  return (
    <details className={classes.keys}>
      <summary>
        {texts.t('chain.memberKeys.of')} <bdi>{member.name}</bdi>
      </summary>
      <Facts
        facts={[
          key(texts.t('chain.memberKeys.governanceKey'), member.governanceKey),
          key(texts.t('chain.memberKeys.nodeKey'), member.nodeKey),
          key(texts.t('chain.memberKeys.gatewayKey'), member.gatewayKey),
          key(texts.t('chain.memberKeys.voteKey'), member.voteKey),
          key(texts.t('chain.memberKeys.encryptionKey'), member.encryptionKey),
        ]}
      />
    </details>
  );
}
