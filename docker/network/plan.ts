// A network of containers as a value: its clinics, their names and ports. Owns names; the files are compose.ts and faults.ts.
import { devnetClinics } from '../../cli/devnet/plan.ts';

export const MAX_CLINICS = 64;

export interface ContainerClinic {
  readonly number: number;
  readonly name: string;
  readonly organisation: string;
  /** Its name among the containers, and in the genesis. */
  readonly host: string;
  readonly container: string;
  /** On loopback of the machine that runs the containers. */
  readonly httpPort: number;
}

export interface ContainerNetwork {
  /** Of the network, and the beginning of the names of containers. */
  readonly name: string;
  /** What the engine calls the containers' network. */
  readonly mesh: string;
  readonly clinics: readonly ContainerClinic[];
}

const HTTP_PORT = 8640;
/** Four and four: two branches of one organisation, two strangers. */
const GROUP = 4;

/** The first four are those of `wardmesh devnet`. */
export function planNetwork(name: string, count: number, httpPort = HTTP_PORT): ContainerNetwork {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) throw new Error(`${name} is no name: lower-case letters, digits, dashes`);
  if (!Number.isInteger(count) || count < 1 || count > MAX_CLINICS) {
    throw new Error(`a container network has 1 to ${MAX_CLINICS} clinics, not ${count}`);
  }
  const known = devnetClinics('');
  const clinics = Array.from({ length: count }, (_, index): ContainerClinic => {
    const number = index + 1;
    const branch = Math.max(1, index % GROUP);
    const organisation = (GROUP - 1) * Math.floor(index / GROUP) + branch;
    const { name: title, organisation: owner } = known[index] ?? {
      name: `Clinic ${number}`,
      organisation: `Organisation ${organisation}`,
    };
    const host = `clinic-${number}`;
    return {
      number,
      name: title,
      organisation: owner,
      host,
      container: `${name}-${host}`,
      httpPort: httpPort + number,
    };
  });
  return { name, mesh: `${name}-mesh`, clinics };
}
