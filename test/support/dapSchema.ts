/** Checks DAP messages against a JSON schema made from the protocol's own type declarations. */

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { Ajv, type ValidateFunction } from 'ajv';

const CACHE = fileURLToPath(new URL('../../.cache/', import.meta.url));

type Schema = { definitions: Record<string, object> };

/** A sentence for each thing that is wrong with `message`; `command` names the request that a response answers. */
export async function schemaProblems(message: Dap.ProtocolMessage): Promise<string[]> {
  const { validators, names } = await loaded;
  const name = names.find(each => each === typeName(message)) ?? fallbackName(message);
  const validate = validators(name);
  if (validate(message)) return [];
  return (validate.errors ?? []).map(({ instancePath, message: text }) => `${name}${instancePath} ${text}`);
}

function typeName(message: Dap.ProtocolMessage): string {
  switch (message.type) {
    case 'request':
      return `${capital((message as Dap.Request).command)}Request`;
    case 'event':
      return `${capital((message as Dap.Event).event)}Event`;
    default: {
      const { command, success } = message as Dap.Response;
      return success ? `${capital(command)}Response` : 'ErrorResponse';
    }
  }
}

/** Requests and events of our own are still requests and events. */
function fallbackName(message: Dap.ProtocolMessage): string {
  return { request: 'Request', event: 'Event', response: 'Response' }[message.type as 'request'] ?? 'ProtocolMessage';
}

const loaded = load();

async function load() {
  const { definitions } = await schema();
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addSchema({ definitions }, 'dap');
  const compiled = new Map<string, ValidateFunction>();
  function validators(name: string): ValidateFunction {
    let validate = compiled.get(name);
    if (!validate) {
      validate = ajv.compile({ $ref: `dap#/definitions/DebugProtocol.${name}` });
      compiled.set(name, validate);
    }
    return validate;
  }
  return { validators, names: Object.keys(definitions).map(name => name.replace('DebugProtocol.', '')) };
}

/** The generator takes a second; its result is kept for each version of the protocol. */
async function schema(): Promise<Schema> {
  const require = createRequire(import.meta.url);
  const { version } = require('@vscode/debugprotocol/package.json') as { version: string };
  const kept = `${CACHE}dap-${version}.schema.json`;
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as Schema;
  const { createGenerator } = await import('ts-json-schema-generator');
  mkdirSync(CACHE, { recursive: true });
  // An ambient module exports all it holds; the generator wants to be told.
  const declarations = readFileSync(require.resolve('@vscode/debugprotocol/lib/debugProtocol.d.ts'), 'utf8');
  // Several test files may get here at once: each makes its own and moves it into place whole.
  const path = `${CACHE}dap-${version}.${process.pid}.d.ts`;
  writeFileSync(path, declarations.replaceAll(/^\t(?=interface |type )/gm, '\texport '));
  const made = createGenerator({ path, type: '*', skipTypeCheck: true, additionalProperties: true, topRef: true });
  const generated = made.createSchema('*') as Schema;
  writeFileSync(`${path}.json`, JSON.stringify(generated));
  renameSync(`${path}.json`, kept);
  rmSync(path);
  return generated;
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
