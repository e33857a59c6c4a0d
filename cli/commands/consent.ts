// `wardmesh consent`: ask, grant, deny, revoke, list, and the rule for branches of one organisation.
import { type Command, Option } from 'commander';
import type { ParamsIn, Result } from '../../rpc/schema/methods.ts';
import { parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { parseDay, parseDuration } from '../duration.ts';
import { CommandError, EXIT } from '../exit.ts';
import { answer, fields, table, when } from '../output/say.ts';
import { document, lookup } from './patient-options.ts';

type Terms = ParamsIn<'consent_deny'>;
type Categories = Terms['categories'];
type Purposes = NonNullable<Terms['purposes']>;

interface Options {
  readonly country?: string;
  readonly type?: string;
  readonly clinic?: number;
  readonly organisation?: number;
  readonly account?: string;
  readonly application?: string;
  readonly scopes?: string;
  readonly categories: string;
  readonly purposes: string;
  readonly for: number;
  readonly request?: string;
  readonly records?: string;
  readonly encounters?: string;
  readonly labels?: string;
  readonly writtenFrom?: number;
  readonly writtenUntil?: number;
}

interface Asking {
  readonly country?: string;
  readonly type?: string;
  readonly clinic: number;
  readonly categories: string;
  readonly purpose: NonNullable<ParamsIn<'consent_request'>['purpose']>;
  readonly for: number;
  readonly reason: string;
}

const DAY_MS = 86_400_000;

export function addConsentCommands(program: Command): void {
  const consent = program.command('consent').description('who may read the charts of this clinic');

  lookup(consent.command('request <patient>').description('ask another clinic for access to its chart of a patient'))
    .requiredOption('--clinic <n>', 'whose chart', parseWhole)
    .requiredOption('--categories <list>', 'such as labs,notes')
    .requiredOption('--reason <text>', 'what for, in words')
    .option('--purpose <code>', 'TREAT, HPAYMT, HOPERAT, ...', 'TREAT')
    .option('--for <time>', 'how long, as 30d, 12h', parseDuration, 30 * DAY_MS)
    .action(async (patient: string, options: Asking, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const { clinic, purpose, reason } = options;
        const categories = listOf(options.categories) as Categories;
        const about = { clinic, categories, purpose, reason, until: Date.now() + options.for };
        const made = await client.call('consent_request', { patient, ...document(options), ...about });
        answer(json, made, ({ request, statement, status }) =>
          fields([
            ['request', request],
            ['statement', statement],
            ['status', status],
          ]),
        );
      });
    });

  lookup(
    consent
      .command('organisation <patient>')
      .description('whether branches of the organisation that treat the patient read by being branches'),
  )
    .addOption(new Option('--on', 'they do: the rule').conflicts('off'))
    .addOption(new Option('--off', 'they do not: only who is granted something reads'))
    .action(async (patient: string, options: Options & { on?: true; off?: true }, command: Command) => {
      if (options.on === options.off) throw new CommandError('say --on or --off', EXIT.usage);
      await withClient(command, async (client, { json }) => {
        const about = { patient, ...document(options), on: options.on === true };
        const { changed } = await client.call('consent_organisation', about);
        answer(json, changed, () => (changed.length === 0 ? 'It is so already.' : changed.map(madeText).join('\n')));
      });
    });

  terms(
    consent.command('grant <patient>').description('let others read categories of the chart of this clinic'),
  ).action(async (patient: string, options: Options, command: Command) => {
    await withClient(command, async (client, { json }) => {
      answer(json, await client.call('consent_grant', termsOf(patient, options)), madeText);
    });
  });

  terms(
    consent.command('deny <patient>').description('shut others out of categories of the chart of this clinic'),
  ).action(async (patient: string, options: Options, command: Command) => {
    await withClient(command, async (client, { json }) => {
      answer(json, await client.call('consent_deny', termsOf(patient, options)), madeText);
    });
  });

  consent
    .command('revoke <consent>')
    .description('take a consent back: it counts here at once')
    .action(async (id: string, _options: object, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const done = await client.call('consent_revoke', { consent: id });
        answer(json, done, ({ statement, status }) =>
          fields([
            ['statement', statement],
            ['status', status],
          ]),
        );
      });
    });

  lookup(consent.command('list <patient>').description('consents about the chart of this clinic, and requests')).action(
    async (patient: string, options: Options, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const found = await client.call('consent_list', { patient, ...document(options) });
        answer(json, found, ({ consents, requests }) =>
          [
            table(
              ['Consent', 'Effect', 'To', 'Categories', 'Purposes', 'Ends', 'State'],
              consents.map((one) => [
                one.consent,
                one.effect,
                one.passedOn ? `${one.to.join(', ')} (passed on)` : one.to.join(', '),
                one.categories.join(', '),
                one.purposes.join(', '),
                when(one.ends),
                one.state,
              ]),
            ),
            requestsText(requests),
          ].join('\n\n'),
        );
      });
    },
  );

  consent
    .command('requests')
    .description('requests for access, to this clinic and from it, newest first')
    .action(async (_options: object, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('consent_requests', {}), ({ requests }) => requestsText(requests));
      });
    });
}

function terms(command: Command): Command {
  return lookup(command)
    .option('--clinic <n>', 'to the people of a clinic', parseWhole)
    .option('--organisation <n>', 'to the people of all clinics of an organisation', parseWhole)
    .option('--account <id>', 'to one person')
    .option('--application <id>', 'to an application, as `wardmesh apikey list` names it')
    .option('--scopes <list>', 'SMART scopes of the application, such as patient/Observation.rs,patient/Condition.r')
    .requiredOption('--categories <list>', 'such as labs,notes')
    .option('--purposes <list>', 'such as TREAT,HPAYMT', 'TREAT')
    .option('--for <time>', 'how long, as 30d, 12h', parseDuration, 30 * DAY_MS)
    .option('--request <id>', 'the request that this answers')
    .option('--records <list>', 'these records alone')
    .option('--encounters <list>', 'what belongs to these encounters alone, as Encounter/1')
    .option('--labels <list>', 'what carries these labels alone, as R,HIV')
    .option('--written-from <date>', 'what was written from then on, as 2026-01-31', parseDay)
    .option('--written-until <date>', 'what was written before', parseDay);
}

function termsOf(patient: string, options: Options): Terms {
  const { request } = options;
  return {
    ...{ patient, ...document(options), to: recipientOf(options), until: Date.now() + options.for },
    categories: listOf(options.categories) as Categories,
    purposes: listOf(options.purposes) as Purposes,
    ...dataOf(options),
    ...(request === undefined ? {} : { request }),
  };
}

function recipientOf({ clinic, organisation, account, application, scopes }: Options): Terms['to'] {
  const given = [clinic, organisation, account, application].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new CommandError('name one of --clinic, --organisation, --account, --application', EXIT.usage);
  }
  if ((application === undefined) !== (scopes === undefined)) {
    throw new CommandError('--application and --scopes go together', EXIT.usage);
  }
  if (application !== undefined) return { application, scopes: listOf(scopes ?? '') };
  if (clinic !== undefined) return { clinic };
  return organisation !== undefined ? { organisation } : { account: String(account) };
}

/** Which of the records of the categories; nothing where all are meant. */
function dataOf({ records, encounters, labels, writtenFrom, writtenUntil }: Options): Pick<Terms, 'data'> {
  const data = {
    ...(records === undefined ? {} : { records: listOf(records) }),
    ...(encounters === undefined ? {} : { encounters: listOf(encounters) }),
    ...(labels === undefined ? {} : { labels: listOf(labels) }),
    ...(writtenFrom === undefined ? {} : { from: writtenFrom }),
    ...(writtenUntil === undefined ? {} : { until: writtenUntil }),
  };
  return Object.keys(data).length === 0 ? {} : { data };
}

function listOf(text: string): string[] {
  return text.split(',').map((one) => one.trim());
}

function madeText({ consent, statement, status }: Result<'consent_grant'>): string {
  return fields([
    ['consent', consent],
    ['statement', statement],
    ['status', status],
  ]);
}

function requestsText(requests: Result<'consent_requests'>['requests']): string {
  return table(
    ['Request', 'From', 'To', 'Categories', 'Purpose', 'Reason', 'State', 'At'],
    requests.map((one) => [
      one.request,
      one.clinic,
      one.writer,
      one.categories.join(', '),
      one.purpose,
      one.reason,
      one.state,
      when(one.at),
    ]),
  );
}
