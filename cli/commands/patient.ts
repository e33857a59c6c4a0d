// `wardmesh patient`: register, get, history, import, and who may be one person.
import { type Command, Option } from 'commander';
import type { Result } from '../../rpc/schema/methods.ts';
import { withClient } from '../client.ts';
import { CommandError, EXIT, exitForCode } from '../exit.ts';
import { type ImportSummary, importPatients } from '../import/import-patients.ts';
import { answer, fields, shortId, table, when } from '../output/say.ts';
import { waitApplied } from '../wait-applied.ts';
import { document, lookup, type PatientDocument } from './patient-options.ts';
import { addRepresentativeCommands } from './representative.ts';
import { runImport, waitOption } from './run-import.ts';

interface AccountOptions extends PatientDocument {
  readonly document?: 'passport' | 'identity-card' | 'driving-licence' | 'residence-permit' | 'other';
  readonly remove?: true;
  readonly wait: number;
}

export function addPatientCommands(program: Command): void {
  const patient = program.command('patient').description('patients and their universal identifier');

  lookup(patient.command('register <number>').description('register one patient by identity number'))
    .addOption(waitOption('it stands in a block', 60_000, '60s'))
    .action(async (number: string, options: PatientDocument & { wait: number }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const { patients } = await client.call('patient_register', {
          patients: [{ number, country: options.country, type: options.type }],
        });
        const [made] = patients;
        if (made.outcome === 'skipped')
          throw new CommandError(made.reason ?? 'refused', exitForCode(made.code ?? 'refused'));
        if (made.statement !== null) await waitApplied(client, [made.statement], options.wait);
        const found = await client.call('patient_get', { patient: made.pid ?? number });
        answer(json, { outcome: made.outcome, ...found }, () =>
          fields([
            ['pid', found.pid],
            ['outcome', made.outcome],
            ['status', found.status ?? '-'],
            ['transaction', found.transaction ?? '-'],
          ]),
        );
      });
    });

  lookup(patient.command('get <patient>').description('find a patient by identity number or PID')).action(
    async (text: string, options: PatientDocument, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const found = await client.call('patient_get', { patient: text, ...document(options) });
        answer(json, found, () =>
          fields([
            ['pid', found.pid],
            ['registered', found.registered ? 'yes' : 'no'],
            ['transaction', found.transaction ?? '-'],
            ['block', found.height ?? '-'],
            ['status', found.status ?? '-'],
            ['clinics', found.clinics.join(', ') || '-'],
          ]),
        );
        if (!found.registered) process.exitCode = EXIT.notFound;
      });
    },
  );

  lookup(
    patient
      .command('search [patient]')
      .description('find patients of this clinic and its branches by name or birth date, anybody by number'),
  )
    .option('--name <words>', 'beginnings of names, in any order')
    .option('--birth-date <day>', 'as 1970-12-31')
    .action(
      async (
        text: string | undefined,
        options: PatientDocument & { name?: string; birthDate?: string },
        command: Command,
      ) => {
        const { name, birthDate } = options;
        if (text === undefined && name === undefined && birthDate === undefined) {
          throw new CommandError('say whom to find: a number, --name or --birth-date', EXIT.usage);
        }
        await withClient(command, async (client, { json }) => {
          const found = await client.call('patient_search', { patient: text, ...document(options), name, birthDate });
          answer(json, found, searchText);
          if (found.patients.length === 0) process.exitCode = EXIT.notFound;
        });
      },
    );

  lookup(
    patient
      .command('history <patient>')
      .description('what the chain says about a patient, of every branch as far as you may see it, oldest first'),
  ).action(async (text: string, options: PatientDocument, command: Command) => {
    await withClient(command, async (client, { json }) => {
      const history = await client.call('patient_history', { patient: text, ...document(options) });
      answer(json, history, ({ events }) =>
        table(
          ['What', 'Category', 'Clinic', 'Block', 'Time', 'Status', 'Transaction'],
          events.map((event) => [
            event.type,
            event.category ?? '',
            event.clinicName ?? event.clinic,
            event.height,
            when(event.timestamp),
            event.status,
            shortId(event.transaction),
          ]),
        ),
      );
    });
  });

  patient
    .command('suggestions')
    .description('patients that may be one person, here or at another clinic')
    .option('--all', 'also those that are decided')
    .action(async (options: { all?: true }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const { suggestions } = await client.call('patient_suggestions', { limit: 200, all: options.all === true });
        answer(json, suggestions, () =>
          table(
            ['Suggestion', 'Patient', 'Other', 'At', 'In common', 'State'],
            suggestions.map((one) => [
              one.id,
              one.pid ?? one.handle,
              one.otherPid ?? one.other,
              one.clinicName ?? one.clinic,
              one.reasons.join(', '),
              one.state,
            ]),
            'None.',
          ),
        );
      });
    });

  for (const [name, method, help] of [
    ['link', 'patient_link', 'say that two registrations are one person; <other> is a PID or a handle'],
    ['unlink', 'patient_unlink', 'take a link between two registrations away'],
  ] as const) {
    lookup(patient.command(`${name} <patient> <other>`).description(help))
      .addOption(waitOption('it stands in a block', 60_000, '60s'))
      .action(async (text: string, other: string, options: PatientDocument & { wait: number }, command: Command) => {
        await withClient(command, async (client, { json }) => {
          const result = await client.call(method, { patient: text, other, ...document(options) });
          if (result.statement !== null) await waitApplied(client, [result.statement], options.wait);
          answer(json, result, ({ statement }) => (statement === null ? 'nothing to change' : `${name}ed`));
        });
      });
  }

  lookup(
    patient
      .command('account <patient> [user]')
      .description(
        'say that the account of <user>, the name to sign in with, is that of a patient whose document you checked',
      ),
  )
    .addOption(
      new Option('--document <kind>', 'what you looked at').choices([
        'passport',
        'identity-card',
        'driving-licence',
        'residence-permit',
        'other',
      ]),
    )
    .option('--remove', 'take it back')
    .addOption(waitOption('it stands in a block', 60_000, '60s'))
    .action(async (text: string, user: string | undefined, options: AccountOptions, command: Command) => {
      const about = { patient: text, ...document(options) };
      const { document: seen, remove = false } = options;
      const named = user === undefined || seen === undefined ? undefined : { user, document: seen };
      if ((named === undefined) !== remove)
        throw new CommandError('name the user and --document, or --remove', EXIT.usage);
      await withClient(command, async (client, { json }) => {
        const said =
          named === undefined
            ? await client.call('patient_detachAccount', about)
            : await client.call('patient_attach', { ...about, ...named });
        await waitApplied(client, [said.statement], options.wait);
        answer(json, said, () => (named === undefined ? 'taken back' : 'attached'));
      });
    });

  addRepresentativeCommands(patient);

  patient
    .command('dismiss <suggestion>')
    .description('say of a suggestion that these are two persons')
    .action(async (suggestion: string, _options: object, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('patient_dismiss', { suggestion }), () => 'dismissed');
      });
    });

  patient
    .command('import <path>')
    .description('import FHIR patients: NDJSON, bundles, single resources, directories of these; also .gz')
    .addOption(waitOption('the registrations stand in blocks', 120_000, '2m'))
    .action(async (path: string, options: { wait: number }, command: Command) => {
      await runImport<ImportSummary>(command, options.wait, {
        noun: 'patient',
        counts: ({ read, registered, known, ignored }) => ({ read, registered, known, ignored }),
        taken: ({ registered, known }) => registered + known,
        skippedTotal: ({ skipped }) => skipped.length,
        run: (client, progress, signal) => importPatients(client, path, progress, signal),
      });
    });
}

/** The reference stands for the patient in other commands of this clinic. */
function searchText({ patients, more, silent }: Result<'patient_search'>): string {
  const rows = patients.map(({ ref, family, given, birthDate, type, number, clinics }) => [
    ...[
      `${family}, ${given}`,
      birthDate || '-',
      number === '' ? '-' : `${number} (${type})`,
      clinics.join(', ') || '-',
      ref,
    ],
  ]);
  const found = [table(['Name', 'Born', 'Number', 'Clinics', 'Reference'], rows, 'Nobody.')];
  if (more) found.push('There are others: say more of the name.');
  if (silent.length > 0) found.push(`Did not answer: clinic ${silent.join(', ')}.`);
  return found.join('\n');
}
