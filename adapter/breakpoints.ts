/** All breakpoints of the session, whatever request set them: one list for the machine, stable ids for the client. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Breakpoint, BreakpointProblem, BreakpointTarget } from '../emulator/index.ts';
import type { ProviderBreakpoint } from './provider/providerBreakpoints.ts';

/** Where a breakpoint comes from, in the client's words. */
export type Origin =
  | { readonly kind: 'source'; readonly source: Dap.Source; readonly line: number }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'instruction'; readonly reference: string; readonly offset: number }
  | { readonly kind: 'filter'; readonly filter: string };

export interface RequestedBreakpoint {
  readonly origin: Origin;
  readonly condition?: string;
  readonly hitCondition?: string;
  readonly logMessage?: string;
}

/** What a breakpoint means for the programs as they are loaded now. */
export interface Resolution {
  readonly targets: readonly BreakpointTarget[];
  /** A place in a provider's code instead. */
  readonly provider?: { readonly path: string; readonly line: number };
  /** Wherever a provider's code throws. */
  readonly providerThrows?: boolean;
  /** Members of DAP's Breakpoint beside `id`. */
  readonly shown: Omit<Dap.Breakpoint, 'id'>;
}

export interface SetBreakpoint {
  readonly id: number;
  readonly requested: RequestedBreakpoint;
  readonly resolution: Resolution;
  readonly shown: Dap.Breakpoint;
}

/** Who stops at breakpoints. */
export interface BreakpointOwners {
  readonly machine: { setBreakpoints(breakpoints: readonly Breakpoint[]): Promise<BreakpointProblem[]> };
  readonly providers: { load(): Promise<ProviderBreakpoints | undefined> };
}

interface ProviderBreakpoints {
  setBreakpoints(breakpoints: readonly ProviderBreakpoint[]): Promise<void>;
  setExceptions(state: 'none' | 'all'): Promise<void>;
}

/** Each breakpoint has this many ids of the machine: a name can mean several addresses. */
const IDS_EACH = 1024;
/** Not the client's: stops where a program is replaced, so that names are looked up before any of their code runs. */
const LOAD_STOP = 1;

export class Breakpoints {
  readonly #resolve: (requested: RequestedBreakpoint) => Promise<Resolution>;
  readonly #changed: (breakpoint: Dap.Breakpoint) => void;
  readonly #groups = new Map<string, readonly SetBreakpoint[]>();
  readonly #ids = new Map<string, number>();
  #owners: BreakpointOwners | undefined;
  #inProviders = false;
  /** Requests come in parallel; lists go to the machine one after the other. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    resolve: (requested: RequestedBreakpoint) => Promise<Resolution>,
    changed: (breakpoint: Dap.Breakpoint) => void,
  ) {
    this.#resolve = resolve;
    this.#changed = changed;
  }

  /** Hands the breakpoints to a machine and what debugs its providers; undefined takes them away. */
  async attach(owners: BreakpointOwners | undefined): Promise<void> {
    this.#owners = owners;
    this.#inProviders = false;
    if (owners) await this.refresh();
  }

  /** Replaces those of one group (a source, or all of one kind), as DAP's `set…Breakpoints` do. */
  replace(group: string, requested: readonly RequestedBreakpoint[]): Promise<Dap.Breakpoint[]> {
    return this.#inTurn(async () => {
      const keys = new Map<string, number>();
      const set: SetBreakpoint[] = [];
      for (const each of requested) {
        const plain = JSON.stringify(each);
        const count = keys.get(plain) ?? 0;
        keys.set(plain, count + 1);
        set.push(await this.#make(this.#idOf(`${group}/${count}/${plain}`), each));
      }
      this.#groups.set(group, set);
      await this.#apply();
      return (this.#groups.get(group) ?? []).map(({ shown }) => shown);
    });
  }

  /** Resolves all anew, after programs came or went, and tells the client what changed. */
  refresh(): Promise<void> {
    return this.#inTurn(async () => {
      const before = new Map(this.#all().map(({ id, shown }) => [id, JSON.stringify(shown)]));
      for (const [group, set] of this.#groups) {
        const anew: SetBreakpoint[] = [];
        for (const { id, requested } of set) anew.push(await this.#make(id, requested));
        this.#groups.set(group, anew);
      }
      await this.#apply();
      for (const { id, shown } of this.#all()) if (before.get(id) !== JSON.stringify(shown)) this.#changed(shown);
    });
  }

  /** As {@link refresh}, if there is a name that nothing had so far: a library may have brought it. */
  async refreshPending(): Promise<void> {
    const pending = this.#all().some(({ requested, shown }) => NAMED.has(requested.origin.kind) && !shown.verified);
    if (pending) await this.refresh();
  }

  /** Those of the client among the machine's ids. */
  hit(ids: readonly number[]): SetBreakpoint[] {
    const hit = new Set(ids.map(id => Math.floor(id / IDS_EACH)));
    return this.#all().filter(({ id }) => hit.has(id));
  }

  /** Whether names are to be looked up anew at a stop. */
  isLoadStop(ids: readonly number[]): boolean {
    return ids.includes(LOAD_STOP);
  }

  #all(): SetBreakpoint[] {
    return [...this.#groups.values()].flat();
  }

  async #make(id: number, requested: RequestedBreakpoint): Promise<SetBreakpoint> {
    const resolution = await this.#resolve(requested);
    return { id, requested, resolution, shown: { id, ...resolution.shown } };
  }

  async #apply(): Promise<void> {
    if (!this.#owners) return;
    await this.#applyToProviders(this.#owners);
    const problems = await this.#owners.machine.setBreakpoints([
      ...this.#loadStop(),
      ...this.#all().flatMap(forMachine),
    ]);
    if (problems.length === 0) return;
    const messages = new Map(problems.map(({ id, message }) => [Math.floor(id / IDS_EACH), message]));
    for (const [group, set] of this.#groups) {
      this.#groups.set(
        group,
        set.map(each => {
          const message = messages.get(each.id);
          return message ? { ...each, shown: { ...each.shown, verified: false, message } } : each;
        }),
      );
    }
  }

  /** Whatever debugs providers is loaded with the first breakpoint there. */
  async #applyToProviders({ providers }: BreakpointOwners): Promise<void> {
    const list = this.#all().flatMap(forProvider);
    const throws = this.#all().some(({ resolution }) => resolution.providerThrows);
    const wanted = list.length > 0 || throws;
    if (!wanted && !this.#inProviders) return;
    this.#inProviders = wanted;
    const debug = await providers.load();
    await debug?.setExceptions(throws ? 'all' : 'none');
    await debug?.setBreakpoints(list);
  }

  #loadStop(): Breakpoint[] {
    const named = this.#all().some(({ requested }) => NAMED.has(requested.origin.kind));
    return named ? [{ id: LOAD_STOP, target: { kind: 'event', event: 'exec' } }] : [];
  }

  #idOf(key: string): number {
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#ids.size + 1;
      this.#ids.set(key, id);
    }
    return id;
  }

  #inTurn<Result>(action: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(action);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

const NAMED: ReadonlySet<Origin['kind']> = new Set<Origin['kind']>(['function', 'source']);

function forProvider({ id, requested, resolution }: SetBreakpoint): ProviderBreakpoint[] {
  const { condition, hitCondition, logMessage } = requested;
  if (!resolution.provider) return [];
  return [
    {
      id,
      ...resolution.provider,
      condition: condition?.trim() || undefined,
      hitCondition: hitCondition?.trim() || undefined,
      logMessage: logMessage || undefined,
    },
  ];
}

function forMachine({ id, requested, resolution }: SetBreakpoint): Breakpoint[] {
  const { condition, hitCondition, logMessage } = requested;
  return resolution.targets.slice(0, IDS_EACH).map((target, index) => ({
    id: id * IDS_EACH + index,
    target,
    condition: condition?.trim() || undefined,
    hitCondition: hitCondition?.trim() || undefined,
    logMessage: logMessage || undefined,
  }));
}
