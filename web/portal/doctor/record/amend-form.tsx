// Amends a record of this clinic: adds to it, corrects it, or says that it was entered in error. What was there before stays.
import { Button, Radio, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Params } from '../../../../rpc/schema/methods.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { base64Of } from '../../../shared/text/base64.ts';
import type { ReadableRecord } from '../data/charts.ts';
import { useCareAct } from '../data/use-care-act.ts';
import classes from '../parts/doctor.module.css';
import { recordTitle } from '../parts/record-columns.tsx';

type Amendment = Params<'record_amend'>['amendment'];

const WAYS = ['addendum', 'correction', 'entered-in-error'] as const satisfies readonly Amendment[];
const MAX_REASON = 500;

export function AmendForm({ patient, record }: { patient: string; record: ReadableRecord }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useCareAct();
  const state = useFormState();
  const [way, setWay] = useState<Amendment>();
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  // Only text can be written anew here; another kind is added to, or taken back.
  const ways = WAYS.filter((one) => one !== 'correction' || record.mediaType === 'text/plain');
  const submit = async () => {
    const found: Mistake[] = [];
    if (way === undefined) found.push({ field: `amend-${WAYS[0]}`, words: t('doctor.amend.wayMissing') });
    if (way !== 'entered-in-error' && text.trim() === '') {
      found.push({ field: 'amend-text', words: t('doctor.amend.textMissing') });
    }
    if (reason.trim() === '') found.push({ field: 'amend-reason', words: t('doctor.amend.reasonMissing') });
    if (found.length > 0 || way === undefined) return found;
    const about = { patient, record: record.record, version: record.version, amendment: way, reason: reason.trim() };
    return act(async () => {
      await client.call('record_amend', way === 'entered-in-error' ? about : { ...about, content: noteOf() });
      setText('');
      setReason('');
    });
  };
  const noteOf = () => ({
    document: {
      mediaType: 'text/plain' as const,
      title: recordTitle(t, record),
      bytes: base64Of(new TextEncoder().encode(text)),
    },
    category: record.category === 'consent' ? ('notes' as const) : record.category,
  });
  return (
    <Form state={state} onSubmit={submit} label={t('doctor.amend.title')}>
      <Radio.Group
        label={t('doctor.amend.way')}
        value={way ?? ''}
        onChange={(value) => setWay(value as Amendment)}
        error={state.wrong(`amend-${WAYS[0]}`)}
        size="md"
      >
        <div className={classes.reasons}>
          {ways.map((one) => (
            <Radio key={one} id={`amend-${one}`} value={one} label={t(`doctor.amend.ways.${one}`)} size="md" />
          ))}
        </div>
      </Radio.Group>
      {way === 'entered-in-error' ? null : (
        <Textarea
          id="amend-text"
          label={t('doctor.notes.text')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={state.wrong('amend-text')}
          rows={5}
          size="md"
        />
      )}
      <Textarea
        id="amend-reason"
        label={t('doctor.amend.reason')}
        description={t('doctor.amend.reasonHint')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        error={state.wrong('amend-reason')}
        maxLength={MAX_REASON}
        rows={2}
        size="md"
      />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('doctor.amend.submit')}
        </Button>
      </Actions>
    </Form>
  );
}
