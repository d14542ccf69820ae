/** Every sentence that a user may read because something did not work, each with its id. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';

/** Ends a request with an error response. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly detail: Dap.Message;
  constructor(detail: Dap.Message) {
    super(detail.format);
    this.detail = detail;
  }
}

/** Shown in a dialog: the user asked for something and should know why it is not done. */
function shown(id: number, sentence: string): RequestError {
  return new RequestError({ id, format: sentence, showUser: true });
}

/** For the client: shown in place (a hover, a watch) or only in its log. */
function quiet(id: number, sentence: string): RequestError {
  return new RequestError({ id, format: sentence, showUser: false });
}

// Protocol.

export function unknownRequest(command: string): RequestError {
  return quiet(1001, `The request '${command}' is not known.`);
}

export function malformedArguments(command: string, problem: string): RequestError {
  return quiet(1002, `${command}: ${problem}`);
}

export function notInitialized(command: string): RequestError {
  return quiet(1003, `'${command}' came before 'initialize'.`);
}

export function initializedTwice(): RequestError {
  return quiet(1004, "'initialize' came a second time.");
}

export function notLaunched(command: string): RequestError {
  return quiet(1005, `'${command}' needs a launched program.`);
}

export function launchedTwice(): RequestError {
  return quiet(1006, "'launch' came a second time; use 'restart'.");
}

export function alreadyConfigured(): RequestError {
  return quiet(1007, "'configurationDone' came a second time.");
}

/** `notStopped` is DAP's own word: the client may try again after the next stop. */
export function notStopped(command: string): RequestError {
  return new RequestError({ id: 1008, format: 'notStopped', variables: { command }, showUser: false });
}

export function cancelled(): RequestError {
  return new RequestError({ id: 1009, format: 'cancelled', showUser: false });
}

export function sessionEnded(command: string): RequestError {
  return quiet(1010, `'${command}': the program has ended.`);
}

export function internalError(command: string, problem: string): RequestError {
  return shown(1011, `'${command}' failed inside the debug adapter: ${problem}`);
}

export function attachUnsupported(): RequestError {
  return shown(1012, "There is nothing to attach to: the machine lives in the debug adapter. Use 'request': 'launch'.");
}

// Launch configuration.

export function unknownAttribute(name: string, closest: string | undefined): RequestError {
  return shown(2001, `The launch attribute '${name}' is not known.${closest ? ` Did you mean '${closest}'?` : ''}`);
}

export function badAttribute(path: string, problem: string): RequestError {
  return shown(2002, `The launch attribute '${path}': ${problem}`);
}

export function badForward(index: number): RequestError {
  return badAttribute(
    `forward.${index}`,
    "it is a port, such as 8080, or this computer's port and the guest's, '8080:80'.",
  );
}

export function forwardNeedsNetwork(): RequestError {
  return badAttribute('forward', 'ports are forwarded with "network": "loopback-host" only.');
}

export function cannotListen(index: number, problem: string): RequestError {
  return badAttribute(`forward.${index}`, `this computer does not give the port: ${problem}.`);
}

/** `problem` is the machine's or the grammar's, as in {@link badInjection}. */
export function badLaunchInjection(index: number, problem: string): RequestError {
  return badAttribute(`inject.${index}`, sentence(problem));
}

/** Problems that may end by asking what was meant. */
export function sentence(problem: string): string {
  return problem.endsWith('?') ? problem : `${problem}.`;
}

export function programMissing(): RequestError {
  return shown(2003, "The launch attribute 'program' is missing: the ELF file or PE image to run.");
}

export function programNotFound(program: string): RequestError {
  return shown(2004, `The program '${program}' does not exist.`);
}

export function programIsNoFile(program: string): RequestError {
  return shown(2005, `The program '${program}' is not a file.`);
}

export function programNotVisible(program: string): RequestError {
  return shown(2006, `The program '${program}' lies in none of the folders that 'mounts' shows to the guest.`);
}

export function launchFailed(reason: string): RequestError {
  return shown(2007, `The program could not be started: ${reason}`);
}

export function unknownProvider(name: string, meant: string | undefined): RequestError {
  const guess = meant === undefined ? 'a provider of your own is the path of its .ts file' : `did you mean '${meant}'?`;
  return shown(2031, `There is no provider '${name}'; ${guess}.`.replace('?.', '?'));
}

/** `problem` names file, line and what is wrong. */
export function providerBroken(problem: string): RequestError {
  return shown(2030, `The provider cannot be used: ${problem}`);
}

export function terminalFailed(problem: string): RequestError {
  return shown(2032, `The terminal for the program could not be opened: ${sentence(problem.replace(/\.$/, ''))}`);
}

export function mountNotFound(folder: string): RequestError {
  return shown(2008, `The mounted folder '${folder}' does not exist.`);
}

export function guestPathNotAbsolute(path: string): RequestError {
  return shown(2009, `The guest path '${path}' of a mount must start with '/'.`);
}

// Machine.

export function machineCrashed(problem: string): RequestError {
  return shown(3001, `The machine broke down; this is a mistake of the debugger, not of your program. ${problem}`);
}

export function machineGone(): RequestError {
  return quiet(3002, 'The machine is no longer there.');
}

// Looking and changing.

export function unknownThread(thread: number): RequestError {
  return quiet(4001, `There is no thread ${thread}.`);
}

export function unknownFrame(frame: number): RequestError {
  return quiet(4002, `There is no stack frame ${frame}.`);
}

export function staleReference(reference: number): RequestError {
  return quiet(4003, `The variables reference ${reference} is not known.`);
}

export function unknownSource(name: string): RequestError {
  return quiet(4004, `There is no source '${name}'.`);
}

export function badMemoryReference(reference: string): RequestError {
  return quiet(4005, `'${reference}' is no memory reference; expected an address such as '0x401000' or 'p8:0x401000'.`);
}

export function unknownProcess(process: number): RequestError {
  return quiet(4006, `There is no process ${process}.`);
}

export function unknownVariable(name: string): RequestError {
  return quiet(4007, `There is no variable '${name}'.`);
}

export function readOnlyVariable(name: string): RequestError {
  return shown(4008, `'${name}' cannot be changed.`);
}

export function badValue(text: string, expected: string): RequestError {
  return shown(4009, `'${text}' is not ${expected}.`);
}

export function refusedRegister(name: string, reason: string): RequestError {
  return shown(4010, `'${name}' was not changed: ${reason}`);
}

export function notWritable(address: string): RequestError {
  return shown(4011, `Nothing could be written at ${address}: no memory there.`);
}

/** The machine's own sentence. */
export function memoryRefused(refusal: string): RequestError {
  return shown(4021, refusal);
}

/** V8's own words. */
export function providerRefused(problem: string): RequestError {
  return quiet(4022, problem);
}

export function frameCannotRestart(): RequestError {
  return shown(
    4024,
    "Only functions of provider code can be restarted: a guest's function has already changed its memory.",
  );
}

export function elsewhereHeld(thread: number): RequestError {
  return shown(4023, `The machine is held in provider code of thread ${thread}: step that one, or continue.`);
}

export function badBase64(): RequestError {
  return quiet(4012, 'writeMemory: data is not base64.');
}

export function tooMuch(what: string, limit: number): RequestError {
  return quiet(4013, `${what}: at most ${limit} at a time.`);
}

export function cannotEvaluate(reason: string): RequestError {
  return quiet(4014, reason);
}

export function notAssignable(expression: string): RequestError {
  return shown(
    4015,
    `'${expression}' cannot be assigned to; name a register such as $rax, or memory such as u32(0x402000).`,
  );
}

export function noThreadInView(): RequestError {
  return quiet(4016, 'This needs a stopped thread.');
}

export function unknownTarget(target: number): RequestError {
  return quiet(4017, `There is no goto target ${target}.`);
}

export function noException(thread: number): RequestError {
  return quiet(4018, `Thread ${thread} is not stopped at an exception.`);
}

export function threadNotEnded(thread: number, reason: string): RequestError {
  return shown(4019, `Thread ${thread} was not ended: ${reason}`);
}

export function noInstructionAtLine(line: number): RequestError {
  return quiet(4020, `Line ${line} holds no instruction.`);
}

/** The machine's or the grammar's own words. */
export function badInjection(index: number, problem: string): RequestError {
  return shown(4025, `inject.${index}: ${sentence(problem)}`);
}

export function noResultInjected(problem: string): RequestError {
  return shown(4026, `No result is injected: ${sentence(problem)}`);
}

// Why a program has no terminal though its configuration asks for one; it runs all the same.

export function terminalUnsupported(): string {
  return 'This client cannot run programs in a terminal; input and output are those of the debug console.';
}

export function terminalUnknown(): string {
  return 'Only Linux programs have a terminal; input and output are those of the debug console.';
}

// Messages of breakpoints that cannot work (yet). Not errors of a request: they belong to one breakpoint.

export function breakpointNeedsAssembly(): string {
  return 'Breakpoints can be set in the assembly documents of this session, on functions, and on instructions.';
}

export function breakpointPending(name: string): string {
  return `No loaded program has a symbol '${name}' so far.`;
}

export function breakpointUnknownCall(name: string, closest: string | undefined): string {
  return `There is no system call '${name}'.${closest ? ` Did you mean '${closest}'?` : ''}`;
}

export function breakpointBadName(name: string): string {
  return `'${name}' names nothing to stop at. Use a symbol, *0xADDRESS, syscall:NAME, syscall:*, exception:NAME or signal:NAME.`;
}

export function breakpointBadAddress(text: string): string {
  return `'${text}' is not an address.`;
}

export function breakpointNoInstruction(): string {
  return 'This line holds no instruction.';
}

export function breakpointNoCode(): string {
  return 'This line of the provider, and those below it, hold no code that runs.';
}

export function breakpointNotMapped(address: string): string {
  return `No memory is mapped at ${address}.`;
}

export function breakpointSourceGone(): string {
  return 'The function of this document is not loaded.';
}
