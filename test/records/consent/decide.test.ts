import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EffectiveConsent } from '../../../records/consent/access.ts';
import { decide, decideWriting } from '../../../records/consent/decide.ts';
import { passedOnPolicy } from '../../../records/consent/delegation.ts';
import { CLOCK_SKEW_MS } from '../../../records/consent/match.ts';
import { type Grantor, ORGANISATION_RULE_OFF } from '../../../records/consent/terms.ts';
import { denial, known, permission, plain, request, consent as someConsent } from './arbitrary.ts';
import {
  ask,
  consent,
  DAY,
  denyAll,
  doctorAtBranch,
  doctorElsewhere,
  doctorHere,
  idOf,
  MOTHER,
  NOW,
  observation,
  opened,
  PATIENT,
  permitAll,
  reasonFor,
  relations,
} from './asking.ts';

const elsewhere = { kind: 'person', account: doctorElsewhere.account } as const;
const clinic3 = { kind: 'clinic', clinic: 3 } as const;
const organisation3 = { kind: 'organisation', organisation: 3 } as const;
const doctors3 = { kind: 'role', role: 'doctor', clinic: 3 } as const;
const later = { givenAt: NOW - DAY };

const passed = passedOnPolicy(idOf('source'));

describe('a permission that was passed on', () => {
  const custody: Grantor = { kind: 'custody', clinic: 1 };
  const permit = consent({ actors: [elsewhere] }, { grantor: custody, givenAt: NOW - DAY, policy: passed });

  it.each([
    ['by name', elsewhere],
    ['by role', doctors3],
    ['by clinic', clinic3],
    ['by organisation', organisation3],
  ])('gives nothing to whom an older denial shuts out %s', (_, actor) => {
    const denied = consent({ ...denyAll, actors: [actor] }, { grantor: custody, givenAt: NOW - 9 * DAY });
    expect(reasonFor(ask(), [permit])).toBe('permit consent');
    expect(reasonFor(ask(), [permit, denied])).toBe('deny denied-by-consent');
  });

  it('holds beside a denial of others, of everybody, of other records, or that has ended, as a grant by name does', () => {
    const other = { actors: [{ kind: 'clinic', clinic: 7 }] } as const;
    const about = { data: { ...denyAll.data, categories: ['notes'] } } as const;
    const ended = consent({ ...denyAll, actors: [clinic3] }, { grantor: custody }, { status: 'revoked' });
    for (const rule of [other, about, {}]) {
      const denied = consent({ ...denyAll, ...rule }, { grantor: custody });
      expect(reasonFor(ask(), [permit, denied, ended])).toBe('permit consent');
    }
  });

  it('does not stand in the way of a grant by name that stands above the denial of a clinic', () => {
    const denied = consent({ ...denyAll, actors: [clinic3] }, { grantor: custody });
    const own = consent({ actors: [elsewhere] }, { grantor: custody, givenAt: NOW - 2 * DAY });
    expect(reasonFor(ask(), [permit, denied, own])).toBe('permit consent');
  });
});

describe('decisions of consent', () => {
  const consents = fc.array(someConsent(), { maxLength: 5 });

  it('do not depend on the order of the consents', () => {
    fc.assert(
      fc.property(request, consents, known, fc.nat(), (asked, list, relating, turn) => {
        const turned = [...list.slice(turn % (list.length + 1)), ...list.slice(0, turn % (list.length + 1))].reverse();
        expect(decide(asked, turned, relating)).toEqual(decide(asked, list, relating));
      }),
      { numRuns: 500 },
    );
  });

  it('never permit more for one more denial', () => {
    const list = fc.array(fc.oneof(plain(), someConsent()), { maxLength: 4 });
    const denied = fc.oneof(plain(fc.constant('deny')), denial);
    fc.assert(
      fc.property(request, list, denied, known, (asked, given, more, relating) => {
        if (decide(asked, given, relating).permit) return;
        expect(decide(asked, [...given, more], relating).permit).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('never permit later what permissions alone did not permit before, once their time has run out', () => {
    fc.assert(
      fc.property(request, fc.array(permission, { maxLength: 4 }), known, (asked, list, relating) => {
        const unlimited = list.map(({ ends, ...rest }) => rest);
        if (decide(asked, list, relating).permit) expect(decide(asked, unlimited, relating).permit).toBe(true);
        const ended = list.map((one) => ({ ...one, ends: asked.at }));
        expect(decide(asked, ended, relating)).toMatchObject({ permit: decide(asked, [], relating).permit });
      }),
      { numRuns: 500 },
    );
  });

  it('say at the latest when they end: at that moment they no longer hold', () => {
    fc.assert(
      fc.property(request, consents, known, (asked, list, relating) => {
        const decision = decide(asked, list, relating);
        if (!decision.permit || decision.until === undefined) return;
        expect(decision.until).toBeGreaterThan(asked.at);
      }),
      { numRuns: 500 },
    );
  });

  it('never permit an unknown purpose, break-glass without an emergency, or more through an application', () => {
    fc.assert(
      fc.property(request, consents, known, (asked, list, { emergency: _, ...calm }) => {
        expect(decide({ ...asked, purpose: 'OTHER' }, list, calm)).toMatchObject({ permit: false });
        expect(decide({ ...asked, purpose: 'BTG' }, list, calm)).toMatchObject({ permit: false });
        const { application, ...person } = asked.requester;
        if (application === undefined || !decide(asked, list, calm).permit) return;
        expect(decide({ ...asked, requester: person }, list, calm).permit).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('hand out no key of a category that permits no record, and refuse none that permits one', () => {
    fc.assert(
      fc.property(request, consents, known, (asked, list, relating) => {
        if (!decide(asked, list, relating).permit) return;
        const whole = { ...asked, record: { category: asked.record.category, whole: true as const } };
        const denials = list.some(({ terms: { provision } }) =>
          [provision, ...provision.exceptions].some(({ effect }) => effect === 'deny'),
        );
        // Denials of single records never close the category, but newer words of one actor may differ for both.
        if (!denials) expect(decide(whole, list, relating).permit).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('without a consent', () => {
  it('the clinic whose chart it is reads, others do not', () => {
    expect(reasonFor(ask({ requester: doctorHere }), [])).toBe('permit custody');
    expect(reasonFor(ask(), [])).toBe('deny no-consent');
    expect(reasonFor(ask({ requester: doctorHere, purpose: 'HRESCH' }), [])).toBe('deny no-consent');
  });

  it('branches of one organisation treat together while the patient is attached at both and has not switched it off', () => {
    const attached = { ...relations, attached: [1, 2] };
    const asked = ask({ requester: doctorAtBranch });
    expect(reasonFor(asked, [], attached)).toBe('permit organisation');
    expect(reasonFor(asked, [])).toBe('deny no-consent');
    const off = { policy: ORGANISATION_RULE_OFF };
    const grantors: readonly Grantor[] = [
      { kind: 'patient', account: PATIENT },
      { kind: 'guardian', account: MOTHER },
      { kind: 'custody', clinic: 1 },
    ];
    for (const grantor of grantors) {
      const said = consent({ ...denyAll, purposes: [{ code: 'TREAT' }] }, { ...off, grantor });
      expect(reasonFor(asked, [said], attached)).toBe('deny no-consent');
      // Whoever else reads, reads on: the clinic itself, a branch with a consent of its own.
      expect(reasonFor(ask({ requester: doctorHere }), [said], attached)).toBe('permit custody');
      expect(reasonFor(asked, [said, consent(permitAll)], attached)).toBe('permit consent');
      expect(reasonFor(asked, [{ ...said, status: 'revoked' }], attached)).toBe('permit organisation');
    }
    const stranger = { kind: 'patient', account: idOf('stranger') } as const;
    expect(reasonFor(asked, [consent(denyAll, { ...off, grantor: stranger })], attached)).toBe('permit organisation');
    expect(reasonFor(ask({ requester: doctorAtBranch, purpose: 'HOPERAT' }), [], attached)).toBe('deny no-consent');
    expect(reasonFor(asked, [consent(denyAll)], attached)).toBe('deny denied-by-consent');
  });

  it('a patient reads what is its own, and a guardian who may read until the guardianship ends', () => {
    const own = { account: PATIENT, roles: ['patient'] } as const;
    const mother = { account: MOTHER, roles: [] } as const;
    expect(reasonFor(ask({ requester: own, purpose: 'PATRQT' }), [consent(denyAll)])).toBe('permit patient');
    expect(reasonFor(ask({ requester: mother, purpose: 'PATRQT' }), [])).toBe('permit guardian');
    const grown = { requester: mother, purpose: 'PATRQT', at: Date.UTC(2030, 0, 1) };
    expect(reasonFor(ask(grown), [])).toBe('deny no-consent');
    const booking = { ...relations, guardians: [{ account: MOTHER, mayRead: false }] };
    expect(reasonFor(ask({ requester: mother, purpose: 'PATRQT' }), [], booking)).toBe('deny no-consent');
    const without = consent({ ...denyAll, actors: [{ kind: 'person', account: MOTHER }] });
    expect(reasonFor(ask({ requester: mother, purpose: 'PATRQT' }), [without])).toBe('deny denied-by-consent');
  });

  it('no role reads for a purpose that is not its own', () => {
    const as = (role: 'reception' | 'admin' | 'auditor', purpose: string) =>
      reasonFor(ask({ requester: { ...doctorHere, roles: [role] }, purpose }), [consent(permitAll)]);
    expect(as('reception', 'TREAT')).toBe('deny role');
    expect(as('reception', 'HOPERAT')).toBe('deny role');
    expect(as('admin', 'TREAT')).toBe('deny role');
    expect(as('auditor', 'HOPERAT')).toBe('deny role');
    const desk = ask({
      requester: { ...doctorHere, roles: ['reception'] },
      purpose: 'HOPERAT',
      facts: { category: 'demographics' },
    });
    expect(reasonFor(desk, [])).toBe('permit custody');
  });
});

describe('with consents', () => {
  it('a revoked, inactive, ended or not yet valid one permits nothing, and the answer says why', () => {
    const ended = consent({ period: { until: NOW } });
    const coming = consent({ period: { from: NOW + CLOCK_SKEW_MS + 1 } });
    const revoked = consent({}, {}, { status: 'revoked' });
    const inactive = consent({}, {}, { status: 'inactive' });
    const onChain = consent({}, {}, { ends: NOW });
    for (const one of [ended, coming, revoked, inactive, onChain]) {
      expect(reasonFor(ask(), [one])).toBe('deny consent-ended');
    }
    expect(reasonFor(ask(), [consent()])).toBe('permit consent');
  });

  it('a clock that is behind neither shuts out at the beginning nor lengthens the end', () => {
    expect(reasonFor(ask(), [consent({ period: { from: NOW + CLOCK_SKEW_MS } })])).toBe('permit consent');
    expect(reasonFor(ask(), [consent({ period: { until: NOW + 1 } })])).toBe('permit consent');
    const denied = (period: object) => reasonFor(ask(), [consent(), consent({ ...denyAll, period }, later)]);
    expect(denied({ until: NOW })).toBe('deny denied-by-consent');
    expect(denied({ from: NOW + CLOCK_SKEW_MS })).toBe('deny denied-by-consent');
    expect(denied({ until: NOW - CLOCK_SKEW_MS })).toBe('permit consent');
  });

  it('the newest about the same actor counts, and of two given in one moment the denial', () => {
    const permit = (terms = {}) => consent({ actors: [clinic3] }, terms);
    const deny = (terms = {}) => consent({ ...denyAll, actors: [clinic3] }, terms);
    expect(reasonFor(ask(), [permit(), deny(later)])).toBe('deny denied-by-consent');
    expect(reasonFor(ask(), [permit(later), deny()])).toBe('permit consent');
    expect(reasonFor(ask(), [permit(), deny()])).toBe('deny denied-by-consent');
  });

  it('a denial wins at equal depth, and the closer naming of the reader over the wider', () => {
    const denied = (actor: object, terms = {}) => consent({ ...denyAll, actors: [actor as never] }, terms);
    const permitted = (actor: object, terms = {}) => consent({ actors: [actor as never] }, terms);
    const doctors = { kind: 'role', role: 'doctor' };
    expect(reasonFor(ask(), [permitted(doctors3, later), denied(doctors)])).toBe('deny denied-by-consent');
    expect(reasonFor(ask(), [permitted(elsewhere), denied(clinic3, later)])).toBe('permit consent');
    expect(reasonFor(ask(), [denied(elsewhere), permitted(clinic3, later)])).toBe('deny denied-by-consent');
    expect(reasonFor(ask(), [denied(organisation3, later), permitted(doctors3)])).toBe('permit consent');
    expect(reasonFor(ask(), [consent(denyAll, later), permitted(organisation3)])).toBe('permit consent');
  });

  it("the patient's word stands above the custodian's, and no clinic decides for another's chart", () => {
    const custody = { grantor: { kind: 'custody', clinic: 1 } } as const;
    const granted = consent({ actors: [elsewhere] }, custody);
    expect(reasonFor(ask(), [granted])).toBe('permit consent');
    expect(reasonFor(ask(), [granted, consent({ ...denyAll, actors: [clinic3] })])).toBe('deny denied-by-consent');
    expect(reasonFor(ask(), [consent({}, { grantor: { kind: 'custody', clinic: 3 } })])).toBe('deny no-consent');
    expect(reasonFor(ask(), [consent({}, { grantor: { kind: 'patient', account: idOf('other') } })])).toBe(
      'deny no-consent',
    );
  });

  it('a denial to everybody leaves the custodian its chart, one that names the reader does not', () => {
    const asked = ask({ requester: doctorHere });
    expect(reasonFor(asked, [consent(denyAll)])).toBe('permit custody');
    const exHusband = { kind: 'person', account: doctorHere.account } as const;
    expect(reasonFor(asked, [consent(denyAll), consent({ ...denyAll, actors: [exHusband] })])).toBe(
      'deny denied-by-consent',
    );
  });

  it("a guardian's permission ends with the guardianship, a guardian's denial does not", () => {
    const guardian = { grantor: { kind: 'guardian', account: MOTHER } } as const;
    const grown = { at: Date.UTC(2030, 0, 1) };
    expect(reasonFor(ask(), [consent({}, guardian)])).toBe('permit consent');
    expect(reasonFor(ask(grown), [consent({}, guardian)])).toBe('deny consent-ended');
    expect(reasonFor(ask(grown), [consent({}, guardian), consent(denyAll, guardian)])).toBe('deny denied-by-consent');
    const late = { ...guardian, givenAt: Date.UTC(2031, 0, 1) };
    expect(reasonFor(ask({ at: Date.UTC(2032, 0, 1) }), [consent({}, late)])).toBe('deny no-consent');
  });

  it('one to look does not let a copy be kept', () => {
    expect(reasonFor(ask({ mode: 'store' }), [consent()])).toBe('deny mode');
    const storing = consent({}, { mode: 'store', eraseAt: NOW + DAY });
    expect(decide(ask({ mode: 'store' }), [storing], relations)).toMatchObject({ permit: true, eraseAt: NOW + DAY });
  });

  it('without purposes is for treatment, payment and operations, never for research', () => {
    expect(reasonFor(ask({ purpose: 'HRESCH' }), [consent()])).toBe('deny no-consent');
    expect(reasonFor(ask({ purpose: 'MARKETING' }), [consent()])).toBe('deny purpose-unknown');
  });

  it('an exception takes over what it leaves open: it never permits for another purpose than its consent', () => {
    const one = consent({
      purposes: [{ code: 'TREAT' }],
      data: { categories: ['notes'], written: {}, labels: [], items: [] },
      exceptions: [
        { ...permitAll, actors: [elsewhere], data: { categories: ['labs'], written: {}, labels: [], items: [] } },
      ],
    });
    expect(reasonFor(ask(), [one])).toBe('permit consent');
    expect(reasonFor(ask({ purpose: 'HOPERAT' }), [one])).toBe('deny no-consent');
  });
});

describe('breaking the glass', () => {
  const glass = ask({ purpose: 'BTG' });

  it('is permitted by policy while the emergency is open, and excluded where the patient said so', () => {
    expect(reasonFor(glass, [])).toBe('deny no-emergency');
    expect(reasonFor(glass, [], opened(doctorElsewhere))).toBe('permit emergency');
    expect(reasonFor(glass, [], opened(doctorHere))).toBe('deny no-emergency');
    expect(reasonFor({ ...glass, at: NOW + 7_200_000 }, [], opened(doctorElsewhere))).toBe('deny no-emergency');
    expect(reasonFor(glass, [consent(denyAll)], opened(doctorElsewhere))).toBe('deny denied-by-consent');
    const excluded = consent({ ...denyAll, data: { categories: ['psychiatric'], written: {}, labels: [], items: [] } });
    expect(reasonFor(glass, [excluded], opened(doctorElsewhere))).toBe('permit emergency');
    const psychiatric = ask({ purpose: 'BTG', facts: { category: 'psychiatric' } });
    expect(reasonFor(psychiatric, [excluded], opened(doctorElsewhere))).toBe('deny denied-by-consent');
  });

  it('is closed to others where somebody is named for it', () => {
    const others = consent({ purposes: [{ code: 'BTG' }], actors: [{ kind: 'person', account: idOf('named') }] });
    expect(reasonFor(glass, [others], opened(doctorElsewhere))).toBe('deny not-listed');
  });
});

describe('applications', () => {
  const app = idOf('app');
  const registered = ['patient/*.rs', 'user/*.rs'];
  const own = { account: PATIENT, roles: ['patient'], application: { id: app, scopes: registered } } as const;
  const through = (scopes: string[]) =>
    consent({ purposes: [{ code: 'PATRQT' }], actors: [{ kind: 'application', id: app, scopes }] });
  const asked = ask({ requester: own, purpose: 'PATRQT' });

  it('read what their SMART scopes cover and their person may read', () => {
    expect(reasonFor(asked, [])).toBe('deny no-consent');
    expect(reasonFor(asked, [through(['patient/Observation.rs'])])).toBe('permit consent');
    expect(reasonFor(asked, [through(['patient/*.r'])])).toBe('permit consent');
    expect(reasonFor(asked, [through(['patient/Observation.s'])])).toBe('deny no-consent');
    expect(reasonFor(asked, [through(['patient/Condition.rs'])])).toBe('deny no-consent');
    expect(reasonFor(asked, [through(['user/Observation.rs'])])).toBe('deny no-consent');
    expect(reasonFor(asked, [through([])])).toBe('deny no-consent');
    const stranger = { ...own, account: idOf('stranger') };
    expect(reasonFor(ask({ requester: stranger, purpose: 'PATRQT' }), [through(['patient/*.rs'])])).toBe(
      'deny no-consent',
    );
  });

  it('are held to the search parameters of a scope, and refused where one is not understood', () => {
    const laboratory = 'http://terminology.hl7.org/CodeSystem/observation-category|laboratory';
    expect(reasonFor(asked, [through([`patient/Observation.rs?category=${laboratory}`])])).toBe('permit consent');
    expect(reasonFor(asked, [through(['patient/Observation.rs?category=imaging'])])).toBe('deny no-consent');
    expect(reasonFor(asked, [through(['patient/Observation.rs?code=1234'])])).toBe('deny no-consent');
  });

  describe('by themselves', () => {
    const alone = (scopes: readonly string[]) => ({
      ...{ account: new Uint8Array(32), roles: [], clinic: 3, organisation: 3 },
      application: { id: app, scopes },
    });
    const given = (scopes: string[], effect: 'permit' | 'deny' = 'permit') =>
      consent({ effect, actors: [{ kind: 'application', id: app, scopes }] });
    const reads = ask({ requester: alone(['system/Observation.rs']) });

    it('read what their clinic registered them for and a consent gives them, and neither without the other', () => {
      expect(reasonFor(reads, [])).toBe('deny no-consent');
      expect(reasonFor(reads, [given(['patient/*.rs'])])).toBe('permit consent');
      expect(reasonFor(reads, [given(['patient/Condition.rs'])])).toBe('deny no-consent');
      for (const scopes of [[], ['system/Condition.rs'], ['user/*.rs'], ['patient/Observation.s']]) {
        expect(reasonFor(ask({ requester: alone(scopes) }), [given(['patient/*.rs'])])).toBe('deny scope');
      }
      const narrow = ask({ requester: alone(['patient/Observation.rs?category=imaging']) });
      expect(reasonFor(narrow, [given(['patient/*.rs'])])).toBe('deny scope');
      expect(
        reasonFor({ ...narrow, record: { ...observation, sections: ['imaging'] } }, [given(['patient/*.rs'])]),
      ).toBe('permit consent');
    });

    it('are given nothing by what is given to their clinic, and lose all by what shuts it out', () => {
      const clinic = { actors: [{ kind: 'clinic', clinic: 3 }] } as const;
      expect(reasonFor(reads, [consent(clinic)])).toBe('deny no-consent');
      expect(reasonFor(reads, [given(['patient/*.rs']), consent({ ...denyAll, ...clinic })])).toBe('permit consent');
      expect(reasonFor(reads, [consent({ ...denyAll, ...clinic })])).toBe('deny denied-by-consent');
      expect(reasonFor(reads, [given(['patient/*.rs']), given([], 'deny')])).toBe('deny denied-by-consent');
    });

    it('ask for care and what it takes, never for emergencies, research or as the patient', () => {
      for (const purpose of ['BTG', 'ETREAT', 'HRESCH', 'PATRQT'] as const) {
        const named = consent({
          purposes: [{ code: purpose }],
          actors: [{ kind: 'application', id: app, scopes: ['patient/*.rs'] }],
        });
        expect(reasonFor({ ...reads, purpose }, [named])).toBe('deny role');
      }
      expect(reasonFor({ ...reads, purpose: 'OTHER' }, [given(['patient/*.rs'])])).toBe('deny purpose-unknown');
    });

    it('write what they are registered for at their clinic unless they or it are shut out', () => {
      const here = { ...alone(['system/Observation.c', 'patient/Condition.u']), clinic: 1, organisation: 1 };
      const write = (kind: string, action: 'c' | 'u', consents: readonly EffectiveConsent[] = []) => {
        const facts = { category: 'labs', kind, sections: [] } as const;
        const { permit, reason } = decideWriting({ requester: here, at: NOW }, { action, facts }, consents, relations);
        return `${permit ? 'permit' : 'deny'} ${reason}`;
      };
      expect(write('Observation', 'c')).toBe('permit custody');
      expect(write('Observation', 'u')).toBe('deny scope');
      expect(write('Condition', 'u')).toBe('permit custody');
      expect(write('document', 'c')).toBe('deny scope');
      expect(write('Observation', 'c', [given([], 'deny')])).toBe('deny denied-by-consent');
      expect(write('Observation', 'c', [consent({ ...denyAll, actors: [{ kind: 'clinic', clinic: 2 }] })])).toBe(
        'permit custody',
      );
    });
  });
});
