// Four clinics as four processes: started, started again when one dies, stopped together. Owns children and their logs.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT } from '../exit.ts';
import { LEAN_ENVIRONMENT, LEAN_FLAGS } from './lean.ts';
import type { DevnetClinic } from './plan.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
/** From the sources, or from the compiled files below dist/. */
const COMMAND = ['../..', '../../..'].map((root) => join(HERE, root, 'bin', 'wardmesh.js')).find(existsSync) ?? '';
const RESTART_MIN_MS = 250;
const RESTART_MAX_MS = 10_000;
/** A clinic that ran this long starts anew without delay. */
const STEADY_MS = 30_000;
const KILL_AFTER_MS = 10_000;

export interface ProcessListener {
  ready(clinic: DevnetClinic): void;
  /** `again`: it is started anew. */
  died(clinic: DevnetClinic, how: string, again: boolean): void;
}

export class DevnetProcesses {
  private readonly clinics: readonly DevnetClinic[];
  private readonly listener: ProcessListener;
  private readonly children = new Map<number, ChildProcess>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly failures = new Map<number, number>();
  private stopping = false;

  constructor(clinics: readonly DevnetClinic[], listener: ProcessListener) {
    this.clinics = clinics;
    this.listener = listener;
  }

  async start(): Promise<void> {
    for (const clinic of this.clinics) await this.spawn(clinic);
  }

  /** Asks every clinic to stop and waits; one that does not is killed. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const timer of this.timers) clearTimeout(timer);
    await Promise.all([...this.children.values()].map(end));
  }

  private async spawn(clinic: DevnetClinic): Promise<void> {
    const log = await open(join(clinic.directory, 'node.log'), 'a', 0o600);
    if (this.stopping) return log.close();
    const began = performance.now();
    const child = spawn(process.execPath, [...LEAN_FLAGS, COMMAND, 'start', '--data', clinic.directory], {
      env: { ...LEAN_ENVIRONMENT, ...process.env },
      // The channel tells the clinic when this process is gone, however it went.
      stdio: ['ignore', 'pipe', log.fd, 'ipc'],
    });
    this.children.set(clinic.number, child);
    child.stdout?.once('data', () => this.listener.ready(clinic));
    const gone = (how: string, code: number | null = null): void => {
      if (this.children.get(clinic.number) !== child) return;
      this.children.delete(clinic.number);
      void log.close();
      // The same version would end the same way.
      if (code === EXIT.outdated) this.listener.died(clinic, how, false);
      else this.startAgain(clinic, how, performance.now() - began);
    };
    child.once('exit', (code, signal) => gone(signal ?? `exit code ${code}`, code));
    child.on('error', (error) => {
      // Also told of a signal that did not reach a running clinic.
      if (child.pid === undefined) gone(error.message);
    });
  }

  private startAgain(clinic: DevnetClinic, how: string, ranMs: number): void {
    if (this.stopping) return;
    this.listener.died(clinic, how, true);
    const failures = ranMs > STEADY_MS ? 0 : (this.failures.get(clinic.number) ?? 0) + 1;
    this.failures.set(clinic.number, failures);
    const delay = Math.min(RESTART_MAX_MS, RESTART_MIN_MS * 2 ** Math.max(0, failures - 1));
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      if (!this.stopping) this.spawn(clinic).catch((error: Error) => this.startAgain(clinic, error.message, 0));
    }, delay);
    this.timers.add(timer);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  await gone;
  clearTimeout(timer);
}
