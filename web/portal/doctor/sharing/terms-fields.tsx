// What a doctor says of what she asks another clinic for: which clinic, what, until when, why. Owns these fields and their checks;
// what is asked, and of whom it is for, are the forms'.
import { Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Mistake } from '../../../shared/form/form.tsx';
import { useLive, useNode } from '../../../shared/node/node-context.tsx';
import { useClinicName } from '../../parts/clinic-name.ts';
import { Pick } from '../../parts/pick.tsx';
import { typedDay, untilOf } from '../../parts/until.ts';
import { UntilField } from '../../parts/until-field.tsx';
import { CATEGORIES, CategoryChoice, firstCategory } from './category-choice.tsx';

const MAX_REASON = 500;

export interface Terms {
  readonly clinic: number;
  readonly categories: (typeof CATEGORIES)[number][];
  /** ms. */
  readonly until: number;
  readonly reason: string;
}

/** In the words of the form. */
export interface TermsWords {
  readonly clinic: string;
  readonly clinicMissing: string;
  readonly what: string;
  readonly whatMissing: string;
  readonly why: string;
  readonly reasonMissing: string;
}

export interface TermsOptions {
  /** That the ids of the fields begin with. */
  readonly id: string;
  /** Where the patient is known. */
  readonly clinics: readonly number[];
  /** What the day is at first, ms from now. */
  readonly lasts: number;
}

export type TermsState = ReturnType<typeof useTerms>;

export function useTerms({ id, clinics, lasts }: TermsOptions) {
  const { t } = useTranslation();
  const { nodeClock } = useNode();
  const { health } = useLive();
  /** Other clinics than this one: asked at none, where there is none. */
  const others = clinics.filter((one) => one !== health?.clinic.number);
  const [clinic, setClinic] = useState<string | undefined>(others.length === 1 ? String(others[0]) : undefined);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [day, setDay] = useState(() => typedDay(nodeClock.now() + lasts));
  const [reason, setReason] = useState('');
  return {
    ...{ id, others, clinic, setClinic, chosen, setChosen, day, setDay, reason, setReason },
    /** What was said, or what is missing. */
    read: (words: TermsWords): Terms | readonly Mistake[] => {
      const until = untilOf(day, nodeClock.now());
      const categories = CATEGORIES.filter((one) => chosen.includes(one));
      const found: Mistake[] = [];
      if (clinic === undefined) found.push({ field: `${id}-clinic`, words: words.clinicMissing });
      if (categories.length === 0) found.push({ field: firstCategory(id), words: words.whatMissing });
      if (until === undefined) found.push({ field: `${id}-until`, words: t('doctor.ask.untilWrong') });
      if (reason.trim() === '') found.push({ field: `${id}-reason`, words: words.reasonMissing });
      if (found.length > 0 || until === undefined || clinic === undefined) return found;
      return { clinic: Number(clinic), categories, until, reason: reason.trim() };
    },
    /** Clinic and day stay for the next one. */
    clear: (): void => {
      setChosen([]);
      setReason('');
    },
  };
}

export interface TermsFieldsProps {
  readonly terms: TermsState;
  readonly words: TermsWords;
  readonly wrong: (field: string) => string | undefined;
}

export function TermsFields({ terms, words, wrong }: TermsFieldsProps) {
  const { t } = useTranslation();
  const clinicName = useClinicName();
  const { id, others } = terms;
  return (
    <>
      <Pick
        id={`${id}-clinic`}
        label={words.clinic}
        none={t('doctor.ask.choose')}
        value={terms.clinic}
        options={Object.fromEntries(others.map((number) => [String(number), clinicName(number)]))}
        onChange={terms.setClinic}
        error={wrong(`${id}-clinic`)}
      />
      <CategoryChoice id={id} label={words.what} value={terms.chosen} onChange={terms.setChosen} wrong={wrong} />
      <UntilField
        id={`${id}-until`}
        label={t('doctor.ask.until')}
        value={terms.day}
        onChange={terms.setDay}
        error={wrong(`${id}-until`)}
      />
      <Textarea
        id={`${id}-reason`}
        label={words.why}
        description={t('doctor.ask.whyHint')}
        value={terms.reason}
        onChange={(event) => terms.setReason(event.currentTarget.value)}
        error={wrong(`${id}-reason`)}
        maxLength={MAX_REASON}
        rows={3}
        size="md"
      />
    </>
  );
}
