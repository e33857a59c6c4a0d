// One Chromium for a test file, and pages that note whatever they must not do: break the content security policy, ask
// another origin, throw, or log errors.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';

const EXECUTABLE = process.env.WARDMESH_CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const AXE = `${readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')};0`;

export interface Watched {
  readonly page: Page;
  readonly complaints: string[];
  readonly foreign: string[];
}

export interface Visit {
  open(options?: BrowserContextOptions): Promise<Watched>;
}

/** Call at the top of a test file. */
export function useBrowser(): Visit {
  let browser: Awaited<ReturnType<typeof chromium.launch>>;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wardmesh-chromium-'));
    const env = { ...process.env, HOME: folder } as Record<string, string>;
    browser = await chromium.launch({ executablePath: EXECUTABLE, args: FLAGS, headless: true, env });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    open: async (options = {}) => {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 800 },
        timezoneId: 'UTC',
        ...options,
      });
      context.setDefaultTimeout(120_000);
      onTestFinished(() => context.close());
      return watch(context);
    },
  };
}

async function watch(context: BrowserContext): Promise<Watched> {
  const page = await context.newPage();
  const complaints: string[] = [];
  const foreign: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || /content security policy/i.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (!['data:', 'blob:'].includes(protocol) && hostname !== 'localhost') foreign.push(request.url());
  });
  return { page, complaints, foreign };
}

/** The page shows its data: a heading, and nothing that loads. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').waitFor();
  await expect.poll(() => page.locator('[data-loading], [aria-busy=true]').count()).toBe(0);
  if (new URL(page.url()).pathname.startsWith('/explorer')) await page.getByText('Live', { exact: true }).waitFor();
}

/** What axe finds by WCAG 2.2 A and AA, a line each. */
export function axeFindings(page: Page): Promise<string[]> {
  return findings(page, 'all');
}

/** The same of a page in the light scheme, and what is about colours in the dark one: nothing else depends on the scheme. */
export async function axeFindingsInBothSchemes(page: Page): Promise<string[]> {
  const light = await findings(page, 'all');
  await inScheme(page, 'dark');
  const dark = await findings(page, 'colours');
  await inScheme(page, 'light');
  return [...light, ...dark.map((line) => `dark: ${line}`)];
}

async function inScheme(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
}

async function findings(page: Page, rules: 'all' | 'colours'): Promise<string[]> {
  // The page's policy forbids inline scripts; the debugger's own evaluation is outside of it.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  return page.evaluate(async (which) => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { axe } = window as unknown as { axe: Axe };
    const left = (rule: { tags: string[] }) => rule.tags.some((tag) => tag === 'experimental' || tag === 'deprecated');
    const wanted = (rule: { tags: string[] }) => which === 'all' || rule.tags.includes('cat.color');
    const rules = axe.getRules(tags).filter((rule) => wanted(rule) && !left(rule));
    const { violations } = await axe.run(document, { runOnly: rules.map(({ ruleId }) => ruleId) });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    );
  }, rules);
}

interface Axe {
  getRules(tags: readonly string[]): { ruleId: string; tags: string[] }[];
  run(node: Document, options: unknown): Promise<AxeResult>;
}

interface AxeResult {
  violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
}

export async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

/** What a finger can press and is under 24 pixels high or wide. */
export async function smallTargets(page: Page): Promise<string[]> {
  return page.locator('a, button, input, textarea, select, summary').evaluateAll((elements) =>
    elements
      .filter((element) => element.checkVisibility() && !element.closest('[class*=skip]'))
      .map((element) => ({ text: element.outerHTML.slice(0, 120), box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 24 || box.height < 24)
      .map(({ text, box }) => `${Math.round(box.width)}x${Math.round(box.height)} ${text}`),
  );
}
