// The header of a block: who, when, work, roots, signature.
import type { BlockView } from '../../../rpc/schema/chain.ts';
import { bytesText, numberText } from '../../shared/text/numbers.ts';
import { FullMoment } from '../../shared/time/moment.tsx';
import { type Fact, Facts } from '../../shared/ui/facts.tsx';
import { WholeIdent } from '../../shared/ui/ident.tsx';
import { Section } from '../../shared/ui/page.tsx';
import { STATUS_MEANING } from '../../shared/ui/status-tag.tsx';
import { BlockLink } from './links.tsx';
import { MinerName } from './names.tsx';
import { NotFinal } from './not-final.tsx';

export function BlockFacts({ block }: { block: BlockView }) {
  return (
    <>
      <Facts facts={mainFacts(block)} />
      <Section title="Work and signature">
        <Facts facts={workFacts(block)} />
      </Section>
      <Section title="Roots">
        <Facts facts={rootFacts(block)} />
      </Section>
    </>
  );
}

function mainFacts(block: BlockView): Fact[] {
  return [
    { label: 'Id', value: <WholeIdent value={block.id} label="block id" /> },
    { label: 'Status', value: <BlockStatus status={block.status} /> },
    { label: 'Time', value: <FullMoment time={block.timestamp} /> },
    { label: 'Mined by', value: <MinerName {...block} /> },
    { label: 'Previous block', value: block.height === 0 ? 'None' : <BlockLink id={block.parent} /> },
    { label: 'Transactions', value: numberText(block.transactionCount) },
    { label: 'Statements', value: numberText(block.statementCount) },
    { label: 'Size', value: bytesText(block.size) },
  ];
}

function BlockStatus({ status }: Pick<BlockView, 'status'>) {
  if (status !== 'applied') return <>{STATUS_MEANING[status]}</>;
  return (
    <>
      On the main chain, and may still be replaced. <NotFinal />
    </>
  );
}

function workFacts(block: BlockView): Fact[] {
  return [
    {
      label: 'Signature',
      hint: "The miner's, over the id (Ed25519)",
      value: block.signature === null ? 'None' : <WholeIdent value={block.signature} label="signature" />,
    },
    { label: 'Target', hint: 'The id is at or below it', value: <WholeIdent value={block.target} label="target" /> },
    { label: 'Work of the chain', hint: 'Expected hashes up to this block', value: numberText(block.work) },
    { label: 'Nonce', value: numberText(block.nonce) },
    { label: 'Extra nonce', value: numberText(block.extraNonce) },
    { label: 'Header version', value: numberText(block.version) },
    { label: 'Member set', value: numberText(block.memberSet) },
  ];
}

function rootFacts(block: BlockView): Fact[] {
  return [
    {
      label: 'Transactions',
      hint: 'Of this block',
      value: <WholeIdent value={block.txRoot} label="transaction root" />,
    },
    {
      label: 'Outcomes',
      hint: 'Of the previous block',
      value: <WholeIdent value={block.outcomeRoot} label="outcome root" />,
    },
    {
      label: 'State',
      hint: 'After the previous block',
      value: <WholeIdent value={block.stateRoot} label="state root" />,
    },
    {
      label: 'History',
      hint: 'Of all earlier headers',
      value: <WholeIdent value={block.historyRoot} label="history root" />,
    },
  ];
}
