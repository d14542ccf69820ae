/** Beginning and ending: launch, configurationDone, restart, terminate, disconnect. */

import * as path from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { closest } from '../closest.ts';
import { type Configuration, parseConfiguration, PROVIDERS } from '../configuration.ts';
import type { Debuggee } from '../debuggee.ts';
import {
  alreadyConfigured,
  attachUnsupported,
  badForward,
  badLaunchInjection,
  cannotListen,
  forwardNeedsNetwork,
  launchedTwice,
  launchFailed,
  RequestError,
  providerBroken,
  terminalUnknown,
  terminalUnsupported,
  unknownProvider,
} from '../errors.ts';
import { type ForwardedPort, Forwarding, parseForward } from '../forwarding.ts';
import { guestEnvironment } from '../environment.ts';
import type { OwnProvider } from '../provider/code/ownProvider.ts';
import type { ProviderCode } from '../provider/code/providerCode.ts';
import { type MachineClient, ProviderRefused } from '../machine/client.ts';
import { placePrograms, type ProgramPlace } from '../mounts.ts';
import { EventTerminal } from '../terminal/events.ts';
import { openTerminal } from '../terminal/terminal.ts';
import { stoppedBody } from '../stops.ts';
import { setInjections } from './injections.ts';

export async function launch(debuggee: Debuggee, given: Readonly<Record<string, unknown>>): Promise<undefined> {
  if (debuggee.phase !== 'initialized') throw launchedTwice();
  await load(debuggee, given);
  // Only now, so that names in breakpoints can be looked up at once.
  debuggee.send('initialized', undefined);
}

export function attach(): never {
  throw attachUnsupported();
}

export function configurationDone(debuggee: Debuggee): undefined {
  debuggee.needProgram('configurationDone');
  if (debuggee.phase !== 'configuring') throw alreadyConfigured();
  debuggee.afterResponse(() => begin(debuggee));
}

export async function restart(debuggee: Debuggee, { arguments: changed }: Dap.RestartArguments): Promise<undefined> {
  const { configuration, noDebug } = debuggee.needProgram('restart');
  for (const thread of await threadIds(debuggee)) debuggee.send('thread', { reason: 'exited', threadId: thread });
  await debuggee.release();
  debuggee.phase = 'initialized';
  await load(debuggee, (changed as Record<string, unknown> | undefined) ?? { ...configuration, noDebug });
  debuggee.afterResponse(() => begin(debuggee));
}

export async function terminate(debuggee: Debuggee): Promise<undefined> {
  const program = debuggee.needProgram('terminate');
  if (debuggee.phase === 'ended') return;
  await program.providers.letGo();
  await program.machine.terminate();
  debuggee.afterResponse(() => debuggee.resume(program));
}

export async function disconnect(
  debuggee: Debuggee,
  { terminateDebuggee }: Dap.DisconnectArguments,
): Promise<undefined> {
  const program = debuggee.program;
  if (program && terminateDebuggee === false && debuggee.phase !== 'ended') {
    // The program goes on alone, for as long as the adapter's process lives.
    debuggee.program = undefined;
    await program.providers.close();
    await program.machine.setBreakpoints([]);
    program.machine.resume();
  } else {
    await debuggee.dispose();
  }
  debuggee.phase = 'ended';
}

/** Loads the program; the machine stands before its first instruction. */
async function load(debuggee: Debuggee, given: Readonly<Record<string, unknown>>): Promise<void> {
  const configuration = parseConfiguration(given);
  const {
    places: [place, ...others],
    mounts,
  } = placePrograms([configuration, ...configuration.alongside], configuration.mounts);
  const ownProvider = await bringProvider(debuggee, configuration);
  const code = await ownProvider?.compile();
  if (typeof code === 'string') throw providerBroken(code);
  debuggee.drawsTerminals ||= given.__terminal === true;
  const wantsTerminal =
    configuration.console === 'integratedTerminal' && (debuggee.hasTerminals || debuggee.drawsTerminals);
  if (configuration.console === 'integratedTerminal' && !wantsTerminal)
    debuggee.output.text('console', `${terminalUnsupported()}\n`);
  const ports = forwardedPorts(configuration);
  const parts = debuggee.connect(configuration, mounts, wantsTerminal, code);
  try {
    if (code) await parts.providers.useModules(code.modules);
    const started = await start(parts.machine, place, configuration, wantsTerminal, ownProvider);
    for (const [index, companion] of configuration.alongside.entries())
      await start(parts.machine, others[index], companion, wantsTerminal);
    const [problem] = configuration.inject.length > 0 ? await setInjections(parts.machine, configuration.inject) : [];
    if (problem) throw badLaunchInjection(problem.index, problem.message);
    if (configuration.trace) await parts.machine.trace(true);
    await giveTerminal(debuggee, parts.machine, wantsTerminal, place.program);
    await forwardPorts(debuggee, parts.machine, ports);
    await debuggee.adopt({ configuration, noDebug: given.noDebug === true, place, ...parts, ownProvider, ...started });
    ownProvider?.begin();
  } catch (error) {
    parts.machine.close();
    debuggee.terminal?.close();
    debuggee.forwarding?.close();
    ownProvider?.close();
    if (error instanceof ProviderRefused && ownProvider)
      throw providerBroken(ownProvider.refusal(error.message, error.trace));
    throw error instanceof RequestError ? error : launchFailed((error as Error).message);
  }
}

function forwardedPorts({ network, forward }: Configuration): ForwardedPort[] {
  if (forward.length > 0 && network !== 'loopback-host') throw forwardNeedsNetwork();
  return forward.map((given, index) => {
    const port = parseForward(given);
    if (!port) throw badForward(index);
    return port;
  });
}

async function forwardPorts(
  debuggee: Debuggee,
  machine: MachineClient,
  ports: readonly ForwardedPort[],
): Promise<void> {
  if (ports.length === 0) return;
  debuggee.forwarding = new Forwarding(machine);
  for (const [index, port] of ports.entries()) {
    const host = await debuggee.forwarding.listen(port).catch((error: Error) => {
      throw cannotListen(index, error.message);
    });
    debuggee.output.text('console', `127.0.0.1:${host} of this computer is port ${port.guest} of the machine\n`);
  }
}

/** Opens a terminal, or takes that of the run before, and ties its keys to the guest; without a wish it goes away. */
async function giveTerminal(
  debuggee: Debuggee,
  machine: MachineClient,
  isWanted: boolean,
  program: string,
): Promise<void> {
  const has = isWanted && (await machine.resizeTerminal(UNKNOWN_SIZE));
  if (isWanted && !has) debuggee.output.text('console', `${terminalUnknown()}\n`);
  if (!has) {
    debuggee.terminal?.close();
    debuggee.terminal = undefined;
    return;
  }
  const title = `Pico: ${path.posix.basename(program)}`;
  if (!debuggee.terminal?.isOpen)
    debuggee.terminal = debuggee.drawsTerminals
      ? new EventTerminal(debuggee.send, title)
      : await openTerminal(debuggee.runInTerminal, title);
  // A machine that has gone hears nothing, which is no mistake of the person's.
  const forget = (answer: Promise<unknown>): void => void answer.catch(() => undefined);
  debuggee.terminal.attach({
    keys: bytes => forget(machine.input(bytes)),
    size: size => forget(machine.resizeTerminal(size)),
    closed: () => forget(machine.input(undefined)),
  });
}

/** Of terminals that have not said theirs: that of the VT100. */
const UNKNOWN_SIZE = { rows: 24, columns: 80 };

/** The user's own provider, if the configuration names a file; loaded only then. */
async function bringProvider(
  debuggee: Debuggee,
  { provider, providerImports }: Configuration,
): Promise<OwnProvider | undefined> {
  if ((PROVIDERS as readonly string[]).includes(provider)) return undefined;
  const entry = path.resolve(provider);
  if (!looksLikeFile(provider)) throw unknownProvider(provider, closest(provider, PROVIDERS));
  const { OwnProvider: Own, ProviderCompiler } = await import('../provider/code/ownProvider.ts');
  debuggee.compiler ??= new ProviderCompiler();
  return new Own({ entry, grants: providerImports }, debuggee.compiler, {
    publish: problems => debuggee.send('pico/providerProblems', { provider: entry, problems }),
    say: sentence => debuggee.output.text('console', `${sentence}\n`),
    replace: code => replaceProvider(debuggee, code),
    reloaded: problem =>
      debuggee.send('pico/providerReloaded', { provider: entry, ...(problem === undefined ? {} : { problem }) }),
  });
}

function looksLikeFile(name: string): boolean {
  return /[\\/]|\.[cm]?[jt]s$/.test(name);
}

async function replaceProvider(debuggee: Debuggee, code: ProviderCode): Promise<string | undefined> {
  const { program } = debuggee;
  if (!program) return 'there is no machine.';
  // V8 is to know the scripts when they come.
  await program.providers.useModules(code.modules, code.version);
  const problem = await program.machine.replaceProvider(code);
  await debuggee.breakpoints.refresh();
  return problem;
}

async function start(
  machine: MachineClient,
  place: ProgramPlace,
  { args, env }: Pick<Configuration, 'args' | 'env'>,
  hasTerminal: boolean,
  ownProvider?: OwnProvider,
): Promise<{ process: number; thread: number }> {
  const started = await machine.launch({
    program: place.program,
    arguments: args,
    environment: guestEnvironment(hasTerminal ? { TERM: 'xterm-256color', ...env } : env),
    directory: place.directory,
  });
  if ('error' in started) {
    if (started.trace !== undefined && ownProvider)
      throw providerBroken(ownProvider.refusal(started.error, started.trace));
    throw launchFailed(started.error);
  }
  return started;
}

function begin(debuggee: Debuggee): void {
  const program = debuggee.program;
  if (!program) return;
  if (program.noDebug || !program.configuration.stopOnEntry) {
    debuggee.resume(program);
    return;
  }
  const { process, thread } = program;
  const stop = { reason: 'entry', process, thread, breakpoints: [], text: '' } as const;
  debuggee.reportStop(stop, stoppedBody(stop, []));
}

async function threadIds(debuggee: Debuggee): Promise<number[]> {
  const processes = (await debuggee.program?.machine.processes()) ?? [];
  return processes.flatMap(({ threads }) => threads.filter(each => each.state !== 'terminated').map(({ id }) => id));
}
