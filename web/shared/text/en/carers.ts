// English: people who act for a patient.
import { words } from '../words.ts';

export const carers = {
  acting: {
    label: 'You act for',
    self: 'Yourself',
    now: 'You see what the clinic keeps of {{name}}. What you do is written down under your own name. It ends on',
    over: 'You do not act for this person any more.',
    ownTitle: 'Only for yourself',
    own: 'This is about your own documents',
    ownText: 'Choose “Yourself” above to go on.',
  },
  carers: {
    title: 'People who act for you',
    intro: 'They read and share what this clinic keeps of you. What only you can open stays closed to them.',
    none: 'Nobody acts for you',
    noneText: 'You can let an adult whom you trust do so. Parents and legal guardians are named at reception.',
    who: 'Who',
    as: 'As',
    kinds: { guardian: 'Guardian', delegate: 'A person whom you trust' },
    from: 'Since',
    states: { acts: 'May act', ended: 'Ended', over: 'Over', unsaid: 'Not in force' },
    endHeader: 'End',
    toEnd: 'End it',
    byReception: 'Reception can end it',
    new: 'Let somebody act for you',
    user: 'Their user name at this clinic',
    userHint: 'The name with which they sign in. Ask them.',
    userMissing: 'Say who it is',
    submit: 'Let them act for me',
    endTitle: 'End what somebody may do for you',
    endText: 'It is over at once. What they share with others ends too. What was already read cannot be taken back.',
    end: 'End it now',
    ended: 'It is over',
    endedText: 'They can read and share nothing of yours any more.',
    unknown: 'This is not here any more',
    unknownText: 'Look at the list for who acts for you now.',
    toList: 'People who act for you',
  },
} as const;

words(carers);
