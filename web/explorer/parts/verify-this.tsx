// "Verify this": fetches a proof and checks it in this browser, then says what was checked and what had to be trusted.

import { Button, Text } from '@mantine/core';
import { IconDownload, IconShieldCheck } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useNode } from '../../shared/node/node-context.tsx';
import { texts } from '../../shared/text/i18n.ts';
import { Section } from '../../shared/ui/page.tsx';
import type { Subject, Verification } from '../data/verification.ts';
import { ProofFailure, ProofResult } from './proof-result.tsx';
import classes from './verify-this.module.css';

type Noun = 'block' | 'statement';

export function VerifyThis({ subject, noun }: { subject: Subject; noun: Noun }) {
  const { client } = useNode();
  const check = useMutation({
    mutationFn: async (): Promise<Verification> => {
      // The code of the check is loaded by who wants it.
      const { verifyHere } = await import('../data/verification.ts');
      return verifyHere(client, subject);
    },
  });
  return (
    <Section title={texts.t('chain.verifyThis.verifyThis')}>
      <div className={classes.panel}>
        <Text>{texts.t(`chain.verifyThis.${noun}.how`)}</Text>
        <div className={classes.actions}>
          <Button
            variant="default"
            leftSection={<IconShieldCheck size={18} aria-hidden />}
            loading={check.isPending}
            onClick={() => check.mutate()}
          >
            {texts.t(`chain.verifyThis.${noun}.check`)}
          </Button>
          {check.data === undefined ? null : <ProofDownload bytes={check.data.bytes} noun={noun} />}
        </div>
        <div aria-live="polite">
          {check.data === undefined ? null : <ProofResult summary={check.data.summary} />}
          {check.error === null ? null : <ProofFailure error={check.error} />}
        </div>
      </div>
    </Section>
  );
}

function ProofDownload({ bytes, noun }: { bytes: Uint8Array; noun: Noun }) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([Uint8Array.from(bytes)], { type: 'application/octet-stream' }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  return (
    <Button
      component="a"
      variant="default"
      href={url}
      download={`wardmesh-${noun}.proof`}
      leftSection={<IconDownload size={18} aria-hidden />}
    >
      {texts.t('chain.verifyThis.saveProof')}
    </Button>
  );
}
