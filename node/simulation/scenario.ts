// What a named scenario is, and what it reports: facts for people, claims that hold or do not. Owns no scenario.

export interface ScenarioOptions {
  readonly clinics: number;
  readonly days: number;
  readonly seed: number;
  /** Part of the run that is done, 0 to 1. */
  onProgress?(done: number): void;
}

export interface Claim {
  readonly claim: string;
  readonly holds: boolean;
}

export interface ScenarioReport {
  readonly facts: readonly (readonly [what: string, value: string | number])[];
  readonly claims: readonly Claim[];
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** What it runs when nothing else is asked for. */
  readonly clinics: number;
  readonly days: number;
  /** Fewer show nothing: the part that is judged would not be reached. */
  readonly leastDays?: number;
  run(options: ScenarioOptions): ScenarioReport | Promise<ScenarioReport>;
}

export function percent(part: number, digits = 2): string {
  return `${(part * 100).toFixed(digits)} %`;
}

export function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}
