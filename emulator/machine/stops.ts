/** What a machine stops for, and what it says while it runs. */

/** What a breakpoint waits for. */
export type BreakpointTarget =
  | {
      readonly kind: 'address';
      readonly address: number /** Of one process, else of all. */;
      readonly process?: number;
    }
  /** `name` is a call's name or '*'. */
  | { readonly kind: 'systemCall'; readonly name: string; readonly when: 'entry' | 'exit' | 'failed' | 'unimplemented' }
  /** `name` is `#PF`, a signal's name, or '*'. */
  | { readonly kind: 'exception'; readonly name: string }
  | { readonly kind: 'signal'; readonly name: string }
  | { readonly kind: 'event'; readonly event: MachineEvent };

export type MachineEvent = 'processCreate' | 'processExit' | 'threadCreate' | 'threadExit' | 'exec';

export interface Breakpoint {
  readonly id: number;
  readonly target: BreakpointTarget;
  /** In the condition language (`docs`: conditions), such as `name in (openat, read) && ret < 0`. */
  readonly condition?: string;
  /** `5`, `>= 5`, `% 5`, `== 5`. */
  readonly hitCondition?: string;
  /** With this the machine does not stop but logs; `{expression}` parts are evaluated. */
  readonly logMessage?: string;
}

export interface BreakpointProblem {
  readonly id: number;
  readonly message: string;
}

export type StopReason = 'entry' | 'step' | 'breakpoint' | 'systemCall' | 'exception' | 'signal' | 'event' | 'pause';

export interface Stop {
  readonly reason: StopReason;
  readonly process: number;
  readonly thread: number;
  readonly breakpoints: readonly number[];
  /** One line for people: `write(1, "hello\n", 6)`, `#PF reading 0x10 (SIGSEGV)`. */
  readonly text: string;
  readonly exception?: ExceptionInformation;
}

export interface ExceptionInformation {
  readonly vector: string;
  readonly code: number;
  readonly address: number;
  readonly description: string;
  /** What the provider makes of it, such as `SIGSEGV`. */
  readonly meaning: string;
  /** Of code of a provider that has thrown: its stack as the engine gives it. */
  readonly trace?: string;
}

/** What the machine reports while it runs, in order. */
export type Notice =
  | { readonly kind: 'output'; readonly stream: 1 | 2; readonly bytes: Uint8Array }
  /** A connection from outside has something to exchange. */
  | { readonly kind: 'connection'; readonly connection: number }
  | {
      readonly kind: 'log';
      readonly text: string;
      readonly breakpoint?: number;
      readonly process?: number;
      readonly thread?: number;
    }
  | { readonly kind: 'trace'; readonly text: string }
  | {
      readonly kind: 'thread';
      readonly thread: number;
      readonly process: number;
      readonly name: string;
      readonly event: 'started' | 'exited';
    }
  | {
      readonly kind: 'process';
      readonly process: number;
      readonly parent: number;
      readonly name: string;
      readonly event: 'started' | 'exited' | 'exec';
      readonly exitCode?: number;
      readonly text: string;
    };
