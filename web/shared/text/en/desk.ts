// English: the pages of reception.
import { words } from '../words.ts';

export const desk = {
  desk: {
    intro: 'Find the patient who stands before you, by name, date of birth or number.',
    patient: 'Patient',
    called: 'Name',
    register:
      'This patient is not registered at this clinic. To attach an account, register the patient first. That opens no record of other clinics.',
    unknown: 'This address leads to no patient',
    unknownText: 'Addresses of patients end when the clinic starts again. Search for the patient.',
    toSearch: 'Search for a patient',
    account: 'Whose account is it?',
    none: 'No account belongs to this patient yet.',
    why: 'With an account the patient sees the records of this clinic, who read them, and decides who else may. So look at a document that shows who it is.',
    user: 'Account name',
    userHint: 'What the patient signs in with, and no other name',
    userMissing: 'Enter the account name',
    document: 'Document that you looked at',
    documentHint: 'Name and date of birth on it are those above',
    documentMissing: 'Choose the document that you looked at',
    documents: {
      passport: 'Passport',
      'identity-card': 'Identity card',
      'driving-licence': 'Driving licence',
      'residence-permit': 'Residence permit',
      other: 'Another document with a photo',
    },
    submit: 'Attach account',
    attached: 'This account belongs to the patient',
    attachedText: 'The chain is told that somebody’s account was attached, not whose.',
    name: 'Name of the account',
    notKnown: 'Not known',
    status: 'Status',
    refused: 'The chain did not take it. Attach the account again.',
    toEnd: 'End the attachment',
    endTitle: 'End the attachment of this account',
    endReach: 'This clinic alone',
    reach: 'Where it counts',
    endText:
      'The person sees nothing of the patient at this clinic from now on, and cannot share or stop sharing. Records stay as they are. Another account can be attached after it.',
    ended: 'The attachment is ended',
    endedText: 'Nobody sees this patient’s records through an account at this clinic now.',
    back: 'Back to the patient',
  },
} as const;

words(desk);
