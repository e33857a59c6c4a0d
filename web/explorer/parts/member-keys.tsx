// The public keys of one clinic, behind its name.
import { Facts } from '../../shared/ui/facts.tsx';
import { WholeIdent } from '../../shared/ui/ident.tsx';
import type { Member } from '../data/voters.ts';
import classes from './member-keys.module.css';

export function MemberKeys({ member }: { member: Member }) {
  const key = (label: string, value: string) => ({ label, value: <WholeIdent value={value} label={label} /> });
  return (
    <details className={classes.keys}>
      <summary>
        Keys of <bdi>{member.name}</bdi>
      </summary>
      <Facts
        facts={[
          key('Governance key', member.governanceKey),
          key('Node key', member.nodeKey),
          key('Gateway key', member.gatewayKey),
          key('Vote key', member.voteKey),
          key('Encryption key', member.encryptionKey),
        ]}
      />
    </details>
  );
}
