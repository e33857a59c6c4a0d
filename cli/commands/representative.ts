// `wardmesh patient representative`: who acts for a patient at this clinic, until when, and its end.
import { type Command, Option } from 'commander';
import { withClient } from '../client.ts';
import { parseDay } from '../duration.ts';
import { CommandError, EXIT } from '../exit.ts';
import { answer, fields, table, when } from '../output/say.ts';
import { waitApplied } from '../wait-applied.ts';
import { document, lookup, type PatientDocument } from './patient-options.ts';
import { waitOption } from './run-import.ts';

interface AddOptions extends PatientDocument {
  readonly as: 'guardian' | 'delegate';
  readonly document: 'birth-certificate' | 'court-order' | 'power-of-attorney' | 'signed-letter' | 'other';
  readonly until?: number;
  readonly wait: number;
}

const DOCUMENTS = ['birth-certificate', 'court-order', 'power-of-attorney', 'signed-letter', 'other'];

export function addRepresentativeCommands(patient: Command): void {
  const representative = patient
    .command('representative')
    .description('who acts for a patient at this clinic: guardians, and adults whom the patient chose');

  lookup(
    representative
      .command('add <patient> <user>')
      .description('say that <user>, the name to sign in with, acts for a patient; you checked the document'),
  )
    .addOption(new Option('--as <kind>', 'by what right').choices(['guardian', 'delegate']).makeOptionMandatory())
    .addOption(new Option('--document <kind>', 'what you looked at').choices(DOCUMENTS).makeOptionMandatory())
    .option(
      '--until <day>',
      'the first day on which it is over; of a guardian of a child, its majority if left out',
      parseDay,
    )
    .addOption(waitOption('it stands in a block', 60_000, '60s'))
    .action(async (text: string, user: string, options: AddOptions, command: Command) => {
      const { as: kind, document: seen, until } = options;
      if (kind === 'delegate' && until === undefined) {
        throw new CommandError('say until when she acts, within a year: --until 2027-01-31', EXIT.usage);
      }
      await withClient(command, async (client, { json }) => {
        const about = { patient: text, ...document(options), user, kind, document: seen, until };
        const said = await client.call('patient_representativeAdd', about);
        await waitApplied(client, [said.statement], options.wait);
        answer(json, said, ({ representative: made }) =>
          fields([
            ['representative', made.representative],
            ['name', made.name ?? made.account],
            ['until', when(made.ends)],
          ]),
        );
      });
    });

  lookup(
    representative.command('list <patient>').description('who acts for a patient, and who did last, newest first'),
  ).action(async (text: string, options: PatientDocument, command: Command) => {
    await withClient(command, async (client, { json }) => {
      const about = { patient: text, ...document(options) };
      const { representatives } = await client.call('patient_representatives', about);
      answer(json, representatives, () =>
        table(
          ['Representative', 'Who', 'As', 'Document', 'From', 'Until', 'State'],
          representatives.map((one) => [
            one.representative,
            one.name ?? one.account,
            one.kind,
            one.document,
            when(one.from),
            when(one.endedAt ?? one.ends),
            one.state,
          ]),
          'Nobody.',
        ),
      );
    });
  });

  lookup(
    representative
      .command('end <patient> <representative>')
      .description('end that somebody acts for a patient, at once and with what she shared; its whole id, see list'),
  )
    .addOption(waitOption('it stands in a block', 60_000, '60s'))
    .action(async (text: string, id: string, options: PatientDocument & { wait: number }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const about = { patient: text, ...document(options), representative: id };
        const said = await client.call('patient_representativeEnd', about);
        await waitApplied(client, [said.statement], options.wait);
        answer(json, said, () => 'ended');
      });
    });
}
