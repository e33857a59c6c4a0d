// How commands name a patient: a number, and whose number it is where that is not the network's own.
import type { Command } from 'commander';

export interface PatientDocument {
  readonly country?: string;
  readonly type?: string;
}

export function lookup(command: Command): Command {
  return command
    .option('--country <code>', "issuer of the number, ISO 3166-1 alpha-2 (default: the network's)")
    .option('--type <type>', "kind of number, such as ssn, nhs, passport (default: the network's)");
}

export function document({ country, type }: PatientDocument): PatientDocument {
  return { country, type };
}
