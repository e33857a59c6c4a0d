// Amends a record of this clinic: adds to it, corrects it, or says that it was entered in error. What was there before stays.
import { Button, Radio, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fromHex } from '../../../../common/bytes.ts';
import type { Params } from '../../../../rpc/schema/methods.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { base64Of } from '../../../shared/text/base64.ts';
import type { ReadableRecord } from '../data/charts.ts';
import { useCareAct } from '../data/use-care-act.ts';
import { useSigning } from '../data/use-signing.ts';
import classes from '../parts/doctor.module.css';
import { recordTitle } from '../parts/record-columns.tsx';
import { SignChoice } from '../parts/sign-choice.tsx';

type Amendment = Params<'record_amend'>['amendment'];

const WAYS = ['addendum', 'correction', 'entered-in-error'] as const satisfies readonly Amendment[];
const MAX_REASON = 500;

export function AmendForm({ patient, record }: { patient: string; record: ReadableRecord }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useCareAct();
  const signing = useSigning(patient);
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
      const content = way === 'entered-in-error' ? undefined : new TextEncoder().encode(text);
      const document = { mediaType: 'text/plain' as const, title: recordTitle(t, record) };
      const signed = await signing.sign(saidOf(way, document, reason.trim()), content);
      const written = content && {
        document: { ...document, bytes: base64Of(content) },
        category: record.category === 'consent' ? ('notes' as const) : record.category,
      };
      await client.call('record_amend', { ...about, content: written, signed });
      setText('');
      setReason('');
    });
  };
  const saidOf = (amendment: Amendment, document: { mediaType: string; title: string }, why: string) => ({
    ...{ amendment, record: fromHex(record.record), about: fromHex(record.record), reason: why },
    // What is added is a record of its own.
    ...{ version: amendment === 'addendum' ? 1 : record.version + 1, category: record.category },
    ...{ kind: 'document', mediaType: document.mediaType, title: document.title.normalize('NFC') },
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
      <SignChoice id="amend-sign" signing={signing} />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('doctor.amend.submit')}
        </Button>
      </Actions>
    </Form>
  );
}
