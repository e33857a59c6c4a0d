// Faults of a container network as a schedule, and the script that carries it out with docker or podman.
//   30 cut 3        clinic 3 loses the network           45 kill 2       clinic 2 is killed (SIGKILL)
//   20 delay 4 300  300 ms on all that clinic 4 sends    20 slow 4 512   at most 512 kbit/s
//   20 loss 4 10    10 % of what reaches clinic 4 lost   90 rejoin 3     all of that ends for clinic 3
import type { ContainerClinic, ContainerNetwork } from './plan.ts';

const ACTIONS = { cut: false, kill: false, rejoin: false, delay: true, slow: true, loss: true } as const;
type Action = keyof typeof ACTIONS;

export interface Fault {
  /** Seconds from the script's start. */
  readonly at: number;
  readonly action: Action;
  readonly clinic: number;
  /** Ms of delay, kbit/s, per cent. */
  readonly value: number;
}

export function parseFault(text: string): Fault {
  const match = /^\s*(\d{1,6})\s+([a-z]+)\s+(\d{1,3})(?:\s+(\d{1,7}))?\s*$/.exec(text);
  const action = match?.[2] as Action;
  if (match === null || !Object.hasOwn(ACTIONS, action) || ACTIONS[action] !== (match[4] !== undefined)) {
    throw new Error(`"${text}" is no fault: SECONDS cut|kill|rejoin CLINIC, or SECONDS delay|slow|loss CLINIC VALUE`);
  }
  const value = Number(match[4] ?? 0);
  if (ACTIONS[action] && (value < 1 || (action === 'loss' && value > 100))) throw new Error(`"${text}": ${value}?`);
  return { at: Number(match[1]), action, clinic: Number(match[3]), value };
}

const SCRIPT = `set -euo pipefail
engine=$\{ENGINE:-docker}
began=$SECONDS

# at SECONDS WORDS: waits until then and says what comes.
at() {
  local left=$(($1 - SECONDS + began))
  [ "$left" -le 0 ] || sleep "$left"
  printf '%5d s  %s\\n' "$((SECONDS - began))" "$2"
}

# inside CONTAINER COMMAND...: in its network; wants root, and tc or iptables of this machine.
inside() {
  local process
  process=$("$engine" inspect -f '{{.State.Pid}}' "$1")
  nsenter -t "$process" -n -- "$\{@:2}"
}

device() { inside "$1" ip -o -4 addr show scope global | awk '{ print $2; exit }'; }

leave() { "$engine" network disconnect -f "$mesh" "$1"; }
enter() { "$engine" network connect --alias "$2" "$mesh" "$1"; }
die() { "$engine" kill --signal KILL "$1" >/dev/null; }
live() { "$engine" start "$1" >/dev/null; }
delay() { inside "$1" tc qdisc add dev "$(device "$1")" root netem delay "$2ms"; }
slow() { inside "$1" tc qdisc add dev "$(device "$1")" root tbf rate "$2kbit" burst 32kbit latency 400ms; }
even() { inside "$1" tc qdisc del dev "$(device "$1")" root; }
lose() { inside "$1" iptables -I INPUT ! -i lo -m statistic --mode random --probability "$2" -j DROP; }
keep() { inside "$1" iptables -D INPUT ! -i lo -m statistic --mode random --probability "$2" -j DROP; }
`;

/** What holds for a clinic at some time of the schedule. */
interface Standing {
  cut: boolean;
  killed: boolean;
  shaped: boolean;
  lossy: string | undefined;
}

/** Throws for a schedule that contradicts itself. */
export function faultScript(network: ContainerNetwork, faults: readonly Fault[]): string {
  const standings = new Map<number, Standing>();
  const steps = [...faults].sort((a, b) => a.at - b.at).flatMap((fault) => step(network, fault, standings));
  return `#!/usr/bin/env bash
# Faults of the network ${network.name} at given seconds; made by docker/generate.ts.
#   ENGINE  docker (default) or podman
${SCRIPT}mesh=${network.mesh}

${steps.join('\n')}
`;
}

function step(network: ContainerNetwork, fault: Fault, standings: Map<number, Standing>): string[] {
  const { at, action, value } = fault;
  const clinic = network.clinics[fault.clinic - 1];
  if (clinic === undefined) throw new Error(`at ${at}: there is no clinic ${fault.clinic}`);
  const standing = standings.get(clinic.number) ?? { cut: false, killed: false, shaped: false, lossy: undefined };
  standings.set(clinic.number, standing);
  const commands = action === 'rejoin' ? rejoin(clinic, standing) : [worsen(clinic, standing, action, value, at)];
  const words = `${action} clinic ${clinic.number}${value > 0 ? ` ${value}` : ''}`;
  return [`at ${at} '${words}'`, ...commands];
}

function worsen(clinic: ContainerClinic, standing: Standing, action: Action, value: number, at: number): string {
  const gone = standing.cut || standing.killed;
  if (gone) throw new Error(`at ${at}: clinic ${clinic.number} is out already; let it rejoin first`);
  const { container } = clinic;
  switch (action) {
    case 'cut':
      // Its address and all that was set on its device go with it.
      Object.assign(standing, { cut: true, shaped: false });
      return `leave ${container}`;
    case 'kill':
      Object.assign(standing, { killed: true, shaped: false, lossy: undefined });
      return `die ${container}`;
    case 'loss':
      if (standing.lossy !== undefined) throw new Error(`at ${at}: clinic ${clinic.number} loses already`);
      standing.lossy = (value / 100).toFixed(2);
      return `lose ${container} ${standing.lossy}`;
    default:
      if (standing.shaped) throw new Error(`at ${at}: clinic ${clinic.number} is delayed or slow already`);
      standing.shaped = true;
      return `${action} ${container} ${value}`;
  }
}

function rejoin({ container, host }: ContainerClinic, standing: Standing): string[] {
  const commands = [
    ...(standing.killed ? [`live ${container}`] : []),
    ...(standing.cut ? [`enter ${container} ${host}`] : []),
    ...(standing.shaped ? [`even ${container}`] : []),
    ...(standing.lossy === undefined ? [] : [`keep ${container} ${standing.lossy}`]),
  ];
  Object.assign(standing, { cut: false, killed: false, shaped: false, lossy: undefined });
  return commands;
}
