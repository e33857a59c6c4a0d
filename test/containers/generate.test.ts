// What docker/generate.ts writes: the committed compose file, networks of other sizes, schedules of faults.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LEAN_ENVIRONMENT, LEAN_FLAGS } from '../../cli/devnet/lean.ts';
import { standardCompose } from '../../docker/generate.ts';
import { composeText } from '../../docker/network/compose.ts';
import { faultScript, parseFault } from '../../docker/network/faults.ts';
import { MAX_CLINICS, planNetwork } from '../../docker/network/plan.ts';

const file = (name: string): string => readFileSync(new URL(`../../docker/${name}`, import.meta.url), 'utf8');
const script = (...faults: readonly string[]): string => faultScript(planNetwork('net', 4), faults.map(parseFault));

/** Runs a script with an engine and a clock of no time at all; gives the commands that it asked for. */
function carriedOut(text: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'wardmesh-faults-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const program = (name: string, body: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  program('engine', `case $1 in inspect) echo 77 ;; *) echo "$@" >>${folder}/asked ;; esac`);
  program('nsenter', `case "$5" in ip) echo '2: eth0' ;; *) echo "$@" >>${folder}/asked ;; esac`);
  program('sleep', 'exit 0');
  writeFileSync(join(folder, 'faults.sh'), text);
  execFileSync('bash', [join(folder, 'faults.sh')], {
    env: { PATH: `${folder}:${process.env.PATH}`, ENGINE: 'engine' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
}

describe('docker/compose.network.yml', () => {
  it('is what the generator writes (node docker/generate.ts --standard)', () => {
    expect(file('compose.network.yml')).toBe(standardCompose());
  });

  it('has four clinics of three organisations, each with a volume, a port and a name of its own', () => {
    const { clinics } = planNetwork('wardmesh', 4);
    expect(new Set(clinics.map(({ organisation }) => organisation)).size).toBe(3);
    for (const { host, container, httpPort, name, organisation } of clinics) {
      expect(standardCompose()).toContain(`container_name: ${container}\n`);
      expect(standardCompose()).toContain(`ports: ["127.0.0.1:${httpPort}:8641"]`);
      expect(standardCompose()).toContain(`volumes: ["${host}:/data"]`);
      expect(standardCompose()).toContain(`"${name}|${organisation}|${host}"`);
    }
  });
});

describe('a generated network', () => {
  it('has three organisations for every four clinics, up to the largest', () => {
    const { clinics } = planNetwork('big', MAX_CLINICS);
    expect(new Set(clinics.map(({ organisation }) => organisation)).size).toBe((3 * MAX_CLINICS) / 4);
    expect(new Set(clinics.map(({ name }) => name)).size).toBe(MAX_CLINICS);
    expect(composeText(planNetwork('big', 7), {})).not.toContain('build:');
    for (const count of [0, MAX_CLINICS + 1, 1.5, Number.NaN]) expect(() => planNetwork('big', count)).toThrow();
    expect(() => planNetwork('Big one', 4)).toThrow(/lower-case/);
  });
});

describe('a schedule of faults', () => {
  it('is carried out in the order of its seconds, and rejoining ends what was done to that clinic alone', () => {
    const asked = carriedOut(script('9 rejoin 3', '1 cut 3', '2 kill 2', '3 slow 4 512', '4 loss 4 10', '9 rejoin 4'));
    expect(asked).toEqual([
      'network disconnect -f net-mesh net-clinic-3',
      'kill --signal KILL net-clinic-2',
      '-t 77 -n -- tc qdisc add dev eth0 root tbf rate 512kbit burst 32kbit latency 400ms',
      '-t 77 -n -- iptables -I INPUT ! -i lo -m statistic --mode random --probability 0.10 -j DROP',
      'network connect --alias clinic-3 net-mesh net-clinic-3',
      '-t 77 -n -- tc qdisc del dev eth0 root',
      '-t 77 -n -- iptables -D INPUT ! -i lo -m statistic --mode random --probability 0.10 -j DROP',
    ]);
    expect(carriedOut(script('1 kill 1', '2 rejoin 1', '3 delay 1 300'))).toEqual([
      'kill --signal KILL net-clinic-1',
      'start net-clinic-1',
      '-t 77 -n -- tc qdisc add dev eth0 root netem delay 300ms',
    ]);
  });

  it('is refused where it contradicts itself, names nobody or cannot be read', () => {
    expect(() => script('1 cut 5')).toThrow(/no clinic 5/);
    expect(() => script('1 cut 2', '2 kill 2')).toThrow(/out already/);
    expect(() => script('1 slow 2 512', '2 delay 2 10')).toThrow(/already/);
    for (const text of ['cut 2', '1 burn 2', '1 cut 2 3', '1 delay 2', '1 loss 2 101', '1 cut 2; rm', '-1 cut 2']) {
      expect(() => parseFault(text), text).toThrow();
    }
  });
});

describe('docker/Dockerfile', () => {
  it('starts a clinic as lean as the development network does', () => {
    const text = file('Dockerfile');
    expect(text).toContain(`ENTRYPOINT ["node", ${LEAN_FLAGS.map((flag) => `"${flag}"`).join(', ')}, `);
    for (const [name, value] of Object.entries(LEAN_ENVIRONMENT)) expect(text).toContain(`${name}=${value}`);
  });

  it('lets nothing into the build but what it is built from', () => {
    const ignore = readFileSync(new URL('../../.dockerignore', import.meta.url), 'utf8').split('\n');
    expect(ignore.indexOf('*')).toBeLessThan(ignore.findIndex((line) => line.startsWith('!')));
    expect(ignore).not.toContain('!test');
  });
});
