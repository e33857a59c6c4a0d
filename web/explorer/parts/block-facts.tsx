// The header of a block: who, when, work, roots, signature.

import type { BlockView } from '../../../rpc/schema/chain.ts';
import { texts } from '../../shared/text/i18n.ts';
import { bytesText, numberText } from '../../shared/text/numbers.ts';
import { FullMoment } from '../../shared/time/moment.tsx';
import { type Fact, Facts } from '../../shared/ui/facts.tsx';
import { WholeIdent } from '../../shared/ui/ident.tsx';
import { Section } from '../../shared/ui/page.tsx';
import { statusMeaning } from '../../shared/ui/status-tag.tsx';
import { BlockLink } from './links.tsx';
import { MinerName } from './names.tsx';
import { NotFinal } from './not-final.tsx';

export function BlockFacts({ block }: { block: BlockView }) {
  return (
    <>
      <Facts facts={mainFacts(block)} />
      <Section title={texts.t('chain.blockFacts.workAndSignature')}>
        <Facts facts={workFacts(block)} />
      </Section>
      <Section title={texts.t('chain.blockFacts.roots')}>
        <Facts facts={rootFacts(block)} />
      </Section>
    </>
  );
}

function mainFacts(block: BlockView): Fact[] {
  return [
    { label: texts.t('chain.words.id'), value: <WholeIdent value={block.id} label={texts.t('chain.words.blockId')} /> },
    { label: texts.t('chain.words.status'), value: <BlockStatus status={block.status} /> },
    { label: texts.t('chain.words.time'), value: <FullMoment time={block.timestamp} /> },
    { label: texts.t('chain.words.minedBy'), value: <MinerName {...block} /> },
    {
      label: texts.t('chain.words.previousBlock'),
      value: block.height === 0 ? texts.t('chain.words.none') : <BlockLink id={block.parent} />,
    },
    { label: texts.t('chain.words.transactions'), value: numberText(block.transactionCount) },
    { label: texts.t('chain.words.statements'), value: numberText(block.statementCount) },
    { label: texts.t('chain.words.size'), value: bytesText(block.size) },
  ];
}

function BlockStatus({ status }: Pick<BlockView, 'status'>) {
  if (status !== 'applied') return <>{statusMeaning(status)}</>;
  return (
    <>
      {texts.t('chain.blockFacts.applied')} <NotFinal />
    </>
  );
}

function workFacts(block: BlockView): Fact[] {
  return [
    {
      label: texts.t('chain.words.signature'),
      hint: texts.t('chain.blockFacts.minersOverId'),
      value:
        block.signature === null ? (
          texts.t('chain.words.none')
        ) : (
          <WholeIdent value={block.signature} label={texts.t('chain.words.signatureNoun')} />
        ),
    },
    {
      label: texts.t('chain.blockFacts.target'),
      hint: texts.t('chain.blockFacts.idIsAt'),
      value: <WholeIdent value={block.target} label={texts.t('chain.blockFacts.targetNoun')} />,
    },
    {
      label: texts.t('chain.blockFacts.workOfChain'),
      hint: texts.t('chain.blockFacts.expectedHashesUp'),
      value: numberText(block.work),
    },
    { label: texts.t('chain.blockFacts.nonce'), value: numberText(block.nonce) },
    { label: texts.t('chain.blockFacts.extraNonce'), value: numberText(block.extraNonce) },
    { label: texts.t('chain.blockFacts.headerVersion'), value: numberText(block.version) },
    { label: texts.t('chain.words.memberSet'), value: numberText(block.memberSet) },
  ];
}

function rootFacts(block: BlockView): Fact[] {
  return [
    {
      label: texts.t('chain.words.transactions'),
      hint: texts.t('chain.blockFacts.ofThisBlock'),
      value: <WholeIdent value={block.txRoot} label={texts.t('chain.blockFacts.transactionRoot')} />,
    },
    {
      label: texts.t('chain.words.outcomes'),
      hint: texts.t('chain.blockFacts.ofPreviousBlock'),
      value: <WholeIdent value={block.outcomeRoot} label={texts.t('chain.blockFacts.outcomeRoot')} />,
    },
    {
      label: texts.t('chain.blockFacts.state'),
      hint: texts.t('chain.blockFacts.afterPreviousBlock'),
      value: <WholeIdent value={block.stateRoot} label={texts.t('chain.blockFacts.stateRoot')} />,
    },
    {
      label: texts.t('chain.blockFacts.history'),
      hint: texts.t('chain.blockFacts.ofAllEarlier'),
      value: <WholeIdent value={block.historyRoot} label={texts.t('chain.blockFacts.historyRoot')} />,
    },
  ];
}
