// Clinics and authors by name. Names come from the chain: any script, any length, never markup.

import type { StatementView } from '../../../rpc/schema/chain.ts';
import { texts } from '../../shared/text/i18n.ts';
import { ShortIdent } from '../../shared/ui/ident.tsx';
import classes from './names.module.css';

/** Cut after two lines inside tables; pages about one thing show all of it. */
export function Name({ children }: { children: string }) {
  return <bdi className={classes.name}>{children}</bdi>;
}

export function ClinicName({ number, name }: { number: number | null; name: string | null }) {
  if (name !== null) return <Name>{name}</Name>;
  return (
    <span>{number === null ? texts.t('chain.names.notKnown') : texts.t('chain.words.numberedClinic', { number })}</span>
  );
}

/** Block 0 has no miner. */
export function MinerName({
  height,
  signer,
  signerName,
}: {
  height: number;
  signer: number;
  signerName: string | null;
}) {
  return height === 0 ? (
    <span>{texts.t('chain.words.nobodyGenesis')}</span>
  ) : (
    <ClinicName number={signer} name={signerName} />
  );
}

export function AuthorName({ author }: { author: StatementView['author'] }) {
  if (author.type === 'clinic') return <ClinicName number={author.clinic} name={author.name} />;
  return (
    <span>
      {texts.t('chain.names.person')} <ShortIdent value={author.key} />
    </span>
  );
}
