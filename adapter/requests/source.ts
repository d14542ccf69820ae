/** Texts of virtual documents. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { fileName } from '../fileName.ts';
import type { Debuggee } from '../debuggee.ts';
import { sourceOf } from '../documents.ts';
import { unknownSource } from '../errors.ts';
import { memoryReference } from '../memoryReferences.ts';
import { hex } from '../memoryReferences.ts';
import type { Body } from '../protocol.ts';
import { providerSource } from '../providerValues.ts';

export const ASSEMBLY_MIME_TYPE = 'text/x-pico-disassembly';

export async function source(
  debuggee: Debuggee,
  { source: given, sourceReference }: Dap.SourceArguments,
): Promise<Body<'source'>> {
  const { documents } = debuggee.needProgram('source');
  const document = await documents.find(given ?? { sourceReference });
  if (!document) throw unknownSource(given?.name ?? given?.path ?? `${sourceReference}`);
  return { content: document.text, mimeType: ASSEMBLY_MIME_TYPE };
}

/** Assembly documents, and the files of providers: a breakpoint there stops whichever process comes by. */
export async function loadedSources(debuggee: Debuggee): Promise<Body<'loadedSources'>> {
  const { documents, providers } = debuggee.needProgram('loadedSources');
  const sources = (await providers.load())?.sources;
  const files = sources?.files.map(file => providerSource(file, sources.isInternal(file))) ?? [];
  return { sources: [...documents.all().map(sourceOf), ...files] };
}

export async function modules(
  debuggee: Debuggee,
  { startModule = 0, moduleCount = 0 }: Dap.ModulesArguments,
): Promise<Body<'modules'>> {
  const program = debuggee.needProgram('modules');
  const all: Dap.Module[] = [];
  for (const process of await debuggee.liveProcesses()) {
    for (const { path, base, size } of await program.machine.modules(process)) {
      all.push({
        id: memoryReference(process, base),
        name: fileName(path),
        path,
        addressRange: `${hex(base)}-${hex(base + size)}`,
      });
    }
  }
  const end = moduleCount > 0 ? startModule + moduleCount : undefined;
  return { modules: all.slice(startModule, end), totalModules: all.length };
}
