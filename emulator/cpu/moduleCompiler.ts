/** Who makes modules of the code that the hot engine writes: this thread, unless the host knows better. */

export interface ModuleCompiler {
  /** Grows when what was compiled so far is to be given up; then it is compiled anew when it is hot again. */
  readonly epoch: number;
  compile(bytes: Uint8Array): WebAssembly.Module;
}

export const COMPILED_HERE: ModuleCompiler = { epoch: 0, compile: bytes => new WebAssembly.Module(bytes) };
