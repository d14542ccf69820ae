/** Real VS Code (its server, in a browser) for UI tests: a page on the workbench, and calls into its extension host. */

import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { format } from 'node:util';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { takeTurn } from './turn.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');
const HARNESS = path.join(ROOT, 'test/extension/harness');
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Quiet and unchanging: no tips, no updates, no accounts. */
const SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'chat.commandCenter.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'security.workspace.trust.enabled': false,
  'git.enabled': false,
  'remote.autoForwardPorts': false,
  'debug.openDebug': 'openOnDebugBreak',
};

/** What is missing to run VS Code here, or false. */
export const VSCODE_MISSING = fs.existsSync(CHROMIUM) ? false : 'needs Chromium (sudo apt-get install chromium)';

const PACKAGE = path.join(ROOT, '.cache/pico-process-debugger.vsix');

/** The package of what is built now; the first who asks makes it. */
export function packagedExtension(): string {
  const built = fs.statSync(path.join(ROOT, 'dist/machine.main.cjs')).mtimeMs;
  if (!(fs.existsSync(PACKAGE) && fs.statSync(PACKAGE).mtimeMs > built))
    execFileSync(process.execPath, ['tools/package.mjs'], { cwd: ROOT, stdio: 'ignore' });
  return PACKAGE;
}

export interface Workbench {
  readonly page: Page;
  /** Runs `fn` in the extension host with the real API. It is sent as text: it sees nothing of the test around it. */
  vs<T>(
    fn: (vscode: typeof import('vscode'), store: Record<string, unknown>, ...args: never[]) => T | Promise<T>,
    ...args: unknown[]
  ): Promise<T>;
  /** Keeps a picture below test-artifacts/. */
  screenshot(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface WorkbenchOptions {
  readonly folder: string;
  /** Installed before the start. */
  readonly vsix?: string;
  /** Instead of the bridge: a suite with run(), of which only the outcome is wanted. */
  readonly suite?: string;
  readonly developmentExtensions?: readonly string[];
  readonly settings?: object;
}

interface Server {
  readonly port: number;
  readonly folder: string;
  stop(): Promise<void>;
}

async function startServer(options: WorkbenchOptions, environment: Record<string, string>): Promise<Server> {
  const { vscodeServer } = (await import('../../tools/setup/vscodeServer.mjs')) as { vscodeServer(): string };
  const giveTurnBack = await takeTurn('vscode');
  const main = vscodeServer();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pico-vscode-'));
  fs.mkdirSync(path.join(folder, 'User'));
  fs.mkdirSync(path.join(folder, 'home'));
  fs.writeFileSync(path.join(folder, 'User/settings.json'), JSON.stringify({ ...SETTINGS, ...options.settings }));
  const common = [
    '--accept-server-license-terms',
    '--server-data-dir',
    folder,
    '--user-data-dir',
    folder,
    '--extensions-dir',
    path.join(folder, 'extensions'),
  ];
  const env = { ...process.env, HOME: path.join(folder, 'home'), ...environment, NODE_OPTIONS: '' };
  if (options.vsix)
    execFileSync(process.execPath, [main, ...common, '--install-extension', options.vsix, '--force'], {
      env,
      stdio: 'ignore',
    });
  const child = spawn(
    process.execPath,
    [
      main,
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      '--without-connection-token',
      '--telemetry-level',
      'off',
      '--enable-smoke-test-driver',
      '--disable-workspace-trust',
      ...common,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true },
  );
  const port = await listeningPort(child);
  return {
    port,
    folder,
    async stop() {
      // Its own process group: the extension host and the adapters end with it.
      if (child.pid !== undefined && child.exitCode === null) {
        const ended = once(child, 'exit');
        process.kill(-child.pid, 'SIGTERM');
        if ((await Promise.race([ended, sleep(5000, 'late', { ref: false })])) === 'late')
          process.kill(-child.pid, 'SIGKILL');
      }
      fs.rmSync(folder, { recursive: true, force: true });
      giveTurnBack();
    },
  };
}

function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    child.once('exit', code => reject(new Error(`the VS Code server ended with ${code}:\n${lines.join('\n')}`)));
    for (const stream of [child.stdout, child.stderr])
      if (stream)
        createInterface({ input: stream }).on('line', line => {
          lines.push(line);
          const match = /Extension host agent listening on (\d+)/.exec(line);
          if (match) resolve(Number(match[1]));
        });
  });
}

async function openPage(
  server: Server,
  browser: Browser,
  options: WorkbenchOptions,
  tests: string,
  developmentExtensions: readonly string[],
) {
  const page = await (await browser.newContext({ viewport: { width: 1500, height: 950 } })).newPage();
  let end: (code: number) => void = () => {};
  const ended = new Promise<number>(resolve => {
    end = resolve;
  });
  page.on('crash', () => end(97));
  const log: string[] = [];
  await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) => void log.push(format(...args)));
  await page.exposeFunction('codeAutomationExit', (code: number) => end(code));
  const uri = (file: string): string => `vscode-remote://127.0.0.1:${server.port}${file}`;
  const payload = [
    ...developmentExtensions.map(folder => ['extensionDevelopmentPath', uri(folder)]),
    ['extensionTestsPath', uri(tests)],
    ['enableProposedApi', ''],
    ['skipWelcome', 'true'],
  ];
  const query = `folder=${encodeURIComponent(options.folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
  await page.goto(`http://127.0.0.1:${server.port}/?${query}`);
  return { page, ended, log };
}

function launchBrowser(): Promise<Browser> {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-dev-shm-usage',
  ];
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args });
}

/** Runs a suite (a file with run()) in VS Code's extension host; resolves to its exit code and what it wrote. */
export async function runSuite(
  options: WorkbenchOptions & { suite: string },
): Promise<{ code: number; log: string[] }> {
  const server = await startServer(options, {});
  const browser = await launchBrowser();
  try {
    const { ended, log } = await openPage(server, browser, options, options.suite, options.developmentExtensions ?? []);
    const code = await Promise.race([ended, sleep(120_000, 98, { ref: false })]);
    return { code, log };
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** Opens the workbench with a bridge into its extension host. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const bridge = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'pico-bridge-')), 'port');
  const server = await startServer(options, { PICO_BRIDGE_FILE: bridge });
  const browser = await launchBrowser();
  const extensions = [HARNESS, ...(options.developmentExtensions ?? [])];
  const { page, ended } = await openPage(server, browser, options, path.join(HARNESS, 'bridge.cjs'), extensions);
  for (let waited = 0; !fs.existsSync(bridge) || fs.readFileSync(bridge, 'utf8') === ''; waited += 50) {
    if (waited > 60_000) throw new Error('the extension host did not start the bridge');
    await sleep(50);
  }
  const address = `http://127.0.0.1:${fs.readFileSync(bridge, 'utf8')}`;
  const post = async (body: object): Promise<{ value?: unknown; error?: string }> => {
    const answer = await fetch(address, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    return (await answer.json()) as { value?: unknown; error?: string };
  };
  await page.evaluate('window.driver?.whenWorkbenchRestored()');
  return {
    page,
    async vs<T>(fn: (...args: never[]) => T | Promise<T>, ...args: unknown[]): Promise<T> {
      const { value, error } = await post({ fn: String(fn), args });
      if (error !== undefined) throw new Error(error);
      return value as T;
    },
    async screenshot(name) {
      const folder = path.join(ROOT, 'test-artifacts');
      fs.mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: path.join(folder, `${name}.png`) });
    },
    async close() {
      await post({ exit: 0 }).catch(() => {});
      await Promise.race([ended, sleep(5000, undefined, { ref: false })]);
      await browser.close();
      await server.stop();
      fs.rmSync(path.dirname(bridge), { recursive: true, force: true });
    },
  };
}
