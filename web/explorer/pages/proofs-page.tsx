// A proof file from anywhere, checked in this browser.

import { FileInput, Text } from '@mantine/core';
import { IconFileCertificate } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useNode } from '../../shared/node/node-context.tsx';
import { texts } from '../../shared/text/i18n.ts';
import { Page } from '../../shared/ui/page.tsx';
import type { Verification } from '../data/verification.ts';
import { ProofFailure, ProofResult } from '../parts/proof-result.tsx';
import classes from '../parts/verify-this.module.css';
import '../../shared/text/en/chain.ts';

export function ProofsPage() {
  const { client } = useNode();
  const check = useMutation({
    mutationFn: async (file: File): Promise<Verification> => {
      const { verifyBytes } = await import('../data/verification.ts');
      return verifyBytes(client, new Uint8Array(await file.arrayBuffer()));
    },
  });
  return (
    <Page title={texts.t('chain.proofs.proofs')} intro={texts.t('chain.proofs.checkProofFile')}>
      <div className={classes.panel}>
        <FileInput
          label={texts.t('chain.proofs.proofFile')}
          description={texts.t('chain.proofs.madeByWardmesh')}
          placeholder={texts.t('chain.proofs.choose')}
          leftSection={<IconFileCertificate size={18} aria-hidden />}
          onChange={(file) => {
            if (file !== null) check.mutate(file);
          }}
        />
        <div aria-live="polite">
          {check.isPending ? <Text>{texts.t('chain.proofs.checking')}</Text> : null}
          {check.data === undefined ? null : <ProofResult summary={check.data.summary} />}
          {check.error === null ? null : <ProofFailure error={check.error} />}
        </div>
      </div>
    </Page>
  );
}
