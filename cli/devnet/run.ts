// Runs the development network until a signal ends it. Apart from the command line, so that other commands need not load it.
import { join } from 'node:path';
import color from 'picocolors';
import { devnetDirectory } from '../client.ts';
import { say, sayError, table } from '../output/say.ts';
import { webRoot } from '../web-root.ts';
import { ensureEmergencyKey } from './emergency-key.ts';
import { type DevnetPerson, ensurePeople } from './people.ts';
import { devnetClinics, prepareDevnet } from './plan.ts';
import { portsFree } from './ports.ts';
import { DevnetProcesses } from './processes.ts';
import { registerSamples, SAMPLES } from './samples.ts';

export async function runDevnet(fresh: boolean): Promise<void> {
  const directory = devnetDirectory();
  const clinics = devnetClinics(directory);
  // Before a file is touched: another devnet may live in them.
  await portsFree(clinics);
  const made = await prepareDevnet(directory, fresh);
  say(`${made ? 'New network' : 'Resuming the network'} in ${directory}`);
  const stopping = new AbortController();
  const stop = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  const waiting = new Set(clinics.map(({ number }) => number));
  const processes = new DevnetProcesses(clinics, {
    ready: (clinic) => {
      say(
        `  ${color.green('ready')}  clinic ${clinic.number}  http://localhost:${clinic.httpPort}  ${clinic.name} (${clinic.organisation})`,
      );
      if (!waiting.delete(clinic.number) || waiting.size > 0) return;
      registerSamples(clinics[0])
        .then(sayHints)
        .then(() => ensurePeople(directory, clinics))
        .then(sayPeople)
        .then(() => ensureEmergencyKey(clinics[0]))
        // What was being made when the network was stopped is made at its next start.
        .catch((error) => stopping.signal.aborted || sayError(error, false));
    },
    died: (clinic, how, again) =>
      say(
        `  ${color.yellow('died')}   clinic ${clinic.number} (${how}; see ${join(clinic.directory, 'node.log')}); ${again ? 'starting it again' : 'not starting it again'}`,
      ),
  });
  await processes.start();
  await stop;
  say('Stopping the four clinics ...');
  await processes.stop();
}

function sayHints(): void {
  say();
  say(pagesHint(webRoot()));
  say('Made-up patients, registered at clinic 1:');
  for (const { given, family, number, born } of SAMPLES) say(`  ${given} ${family}, born ${born}, number ${number}`);
  say('Try, in another terminal:');
  say(`  npx wardmesh patient get ${SAMPLES[0].number} --node http://localhost:8643`);
  say('  npx wardmesh threat block 203.0.113.7 --reason scan');
  say('  npx wardmesh threat check 203.0.113.7 --node http://localhost:8644');
  say('Stop with Ctrl+C; the next start resumes, --fresh begins anew.');
  say('People to sign in as follow; at the first start they are being made, which takes a while.');
}

/** What is at the address of a clinic, or how it comes there: in a clone the pages are built first. */
export function pagesHint(pages: string | undefined): string {
  if (pages !== undefined) return `Explorer   ${color.bold('http://localhost:8641/explorer')}`;
  return color.yellow(
    'The pages are not built, so no browser finds any here: stop, then `npm start` builds them first.',
  );
}

function sayPeople(people: readonly DevnetPerson[]): void {
  say();
  const where = '(8643, 8644 for clinics 3 and 4; 8642 knows the people of 8641)';
  if (webRoot() === undefined) say(`People of this network, once the pages are built ${where}:`);
  else say(`Sign in at ${color.bold('http://localhost:8641/sign-in')} ${where}:`);
  const rows = people.map(({ clinic, name, role, password }) => [clinic, name, password, role]);
  say(table(['Clinic', 'User name', 'Password', 'Role'], rows));
}
