// Writes a container network of N clinics with scripted faults: compose.yml and faults.sh in a folder.
//   node docker/generate.ts --clinics 7 --out DIR --fault '30 cut 3' --fault '60 rejoin 3'
//   node docker/generate.ts --standard     writes docker/compose.network.yml again
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { composeText } from './network/compose.ts';
import { faultScript, parseFault } from './network/faults.ts';
import { planNetwork } from './network/plan.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** The content of docker/compose.network.yml: four clinics of three organisations. */
export function standardCompose(): string {
  return composeText(planNetwork('wardmesh', 4), { context: '..' });
}

function main(argv: readonly string[]): void {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      standard: { type: 'boolean', default: false },
      clinics: { type: 'string', default: '4' },
      name: { type: 'string', default: 'wardmesh' },
      port: { type: 'string', default: '8640' },
      fault: { type: 'string', multiple: true, default: [] },
      out: { type: 'string' },
    },
  });
  if (values.standard) {
    writeFileSync(join(HERE, 'compose.network.yml'), standardCompose());
    return;
  }
  if (values.out === undefined) throw new Error('where to? --out DIR');
  const network = planNetwork(values.name, Number(values.clinics), Number(values.port));
  const script = faultScript(network, values.fault.map(parseFault));
  mkdirSync(values.out, { recursive: true });
  writeFileSync(join(values.out, 'compose.yml'), composeText(network, {}));
  writeFileSync(join(values.out, 'faults.sh'), script);
  chmodSync(join(values.out, 'faults.sh'), 0o755);
  console.log(`${network.clinics.length} clinics, ${values.fault.length} faults: ${values.out}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
