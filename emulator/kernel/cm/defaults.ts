/** What the registry holds when the machine boots: hives, and the keys that programs look for first. */

import type { Value } from './key.ts';
import { REG_DWORD, REG_EXPAND_SZ, REG_SZ, textData, wordData } from './values.ts';

export const MASTER_HIVE = '\\REGISTRY';

/** Names at which hives are mounted; the first holds the keys that the others are mounted on. */
export const HIVES: readonly string[] = [MASTER_HIVE, '\\REGISTRY\\MACHINE\\SYSTEM', '\\REGISTRY\\MACHINE\\SOFTWARE'];

export interface DefaultKey {
  readonly name: string;
  /** A symbolic link to the key of this name. */
  readonly link?: string;
  readonly values?: readonly Value[];
}

const text = (name: string, value: string): Value => ({ name, type: REG_SZ, data: textData(value) });
const expandable = (name: string, value: string): Value => ({ name, type: REG_EXPAND_SZ, data: textData(value) });
const number = (name: string, value: number): Value => ({ name, type: REG_DWORD, data: wordData(value) });

const SYSTEM = '\\REGISTRY\\MACHINE\\SYSTEM';
const SOFTWARE = '\\REGISTRY\\MACHINE\\SOFTWARE';

/** Parents stand before their children. */
export const DEFAULT_KEYS: readonly DefaultKey[] = [
  { name: '\\REGISTRY\\MACHINE' },
  { name: '\\REGISTRY\\USER' },
  {
    name: `${SYSTEM}\\Select`,
    values: [number('Current', 1), number('Default', 1), number('Failed', 0), number('LastKnownGood', 1)],
  },
  { name: `${SYSTEM}\\ControlSet001` },
  { name: `${SYSTEM}\\CurrentControlSet`, link: `${SYSTEM}\\ControlSet001` },
  { name: `${SYSTEM}\\ControlSet001\\Control` },
  { name: `${SYSTEM}\\ControlSet001\\Control\\ComputerName` },
  {
    name: `${SYSTEM}\\ControlSet001\\Control\\ComputerName\\ComputerName`,
    values: [text('ComputerName', 'PICO')],
  },
  { name: `${SYSTEM}\\ControlSet001\\Control\\ProductOptions`, values: [text('ProductType', 'WinNT')] },
  { name: `${SYSTEM}\\ControlSet001\\Control\\Session Manager` },
  {
    name: `${SYSTEM}\\ControlSet001\\Control\\Session Manager\\Environment`,
    values: [
      expandable('ComSpec', '%SystemRoot%\\System32\\cmd.exe'),
      expandable('Path', '%SystemRoot%\\System32;%SystemRoot%'),
      text('OS', 'Windows_NT'),
      text('PROCESSOR_ARCHITECTURE', 'AMD64'),
    ],
  },
  { name: `${SOFTWARE}\\Microsoft` },
  { name: `${SOFTWARE}\\Microsoft\\Windows NT` },
  {
    name: `${SOFTWARE}\\Microsoft\\Windows NT\\CurrentVersion`,
    values: [
      text('ProductName', 'Pico machine'),
      text('CurrentBuild', '19045'),
      number('CurrentMajorVersionNumber', 10),
      number('CurrentMinorVersionNumber', 0),
      text('SystemRoot', 'C:\\Windows'),
    ],
  },
];
