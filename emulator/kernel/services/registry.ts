/** The registry's services: keys by name, values, and what keys hold. What they say lies in the Registry process. */

import { concatenate } from '../../base/bytes.ts';
import * as cm from '../cm/registry.ts';
import type { KeyNode, Value } from '../cm/key.ts';
import { valueTypeName } from '../cm/values.ts';
import { referenceObjectByHandle } from '../ob/handleTable.ts';
import { createObject, dereferenceObject } from '../ob/object.ts';
import type { ObjectHeader } from '../ob/object.ts';
import { grantAccess, OBJ_OPENLINK, openObjectByPointer } from '../ob/open.ts';
import type { ObjectAttributes } from '../ob/open.ts';
import { encodeUnicode } from '../rtl/unicode.ts';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_PARAMETER,
  STATUS_KEY_DELETED,
  STATUS_SUCCESS,
  succeeded,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import {
  accessMask,
  choice,
  flags,
  handleOut,
  object,
  objectAttributes,
  optionalOut,
  out,
  pointer,
  ulong,
  unicodeString,
} from './arguments.ts';
import type { Names } from './arguments.ts';
import { partly, service } from './service.ts';
import type { Call, Service } from './service.ts';
import { give } from './synchronization.ts';
import { readUser, writeUser, writeWord } from './userMemory.ts';

const KEY_QUERY_VALUE = 1;
const KEY_SET_VALUE = 2;
const KEY_ENUMERATE_SUB_KEYS = 8;
const DELETE = 0x1_0000;

const REG_OPTION_CREATE_LINK = 2;
const REG_CREATED_NEW_KEY = 1;
const REG_OPENED_EXISTING_KEY = 2;

/** What a query gives: the fixed part, in which a name or data may be missing at the end of a buffer that is short. */
interface Answer {
  readonly bytes: Uint8Array;
  readonly fixed: number;
}

type InformationClass<Subject> = readonly [
  value: number,
  name: string,
  encode: (subject: Subject, call: Call, key: ObjectHeader) => Answer,
];

/** KEY_INFORMATION_CLASS (wdm.h). */
const KEY_CLASSES: readonly InformationClass<KeyNode>[] = [
  [0, 'KeyBasicInformation', ({ lastWritten, name }) => named([long(lastWritten), word(0)], name)],
  [
    1,
    'KeyNodeInformation',
    // There are no classes: their offset is -1.
    ({ lastWritten, name }) => named([long(lastWritten), word(0), word(-1), word(0)], name),
  ],
  [
    2,
    'KeyFullInformation',
    (node, call, key) => {
      const sizes = cm.largest(call.kernel, key.body, node);
      const words = [0, -1, 0, node.subkeys.length, sizes.keyName * 2, 0, node.values.length];
      const parts = [long(node.lastWritten), ...words.map(word), word(sizes.valueName * 2), word(sizes.valueData)];
      // Room for one character of the class that is not there.
      return { bytes: concatenate([...parts, word(0)]), fixed: 0x30 };
    },
  ],
  [3, 'KeyNameInformation', (_node, call, key) => named([], cm.nameOfKey(call.kernel, key.body))],
];

/** KEY_VALUE_INFORMATION_CLASS (wdm.h). */
const VALUE_CLASSES: readonly InformationClass<Value>[] = [
  [0, 'KeyValueBasicInformation', ({ type, name }) => named([word(0), word(type)], name)],
  [
    1,
    'KeyValueFullInformation',
    ({ type, name, data }) => {
      const text = encodeUnicode(name);
      // Data are aligned to eight bytes, for numbers in them.
      const offset = Math.ceil((0x14 + text.length) / 8) * 8;
      const head = concatenate([word(0), word(type), word(offset), word(data.length), word(text.length), text]);
      const bytes = new Uint8Array(offset + data.length);
      bytes.set(head);
      bytes.set(data, offset);
      return { bytes, fixed: 0x14 };
    },
  ],
  [
    2,
    'KeyValuePartialInformation',
    ({ type, data }) => ({ bytes: concatenate([word(0), word(type), word(data.length), data]), fixed: 0xc }),
  ],
];

const REG_TYPES: Names = Array.from({ length: 12 }, (_, type) => [type, valueTypeName(type)] as const);

export function registryServices(): Service[] {
  const buffer = (type: string) => [pointer('Information', type), ulong('Length')] as const;
  const resultLength = out('ResultLength', 'PULONG', 4);
  const keyClass = choice('KeyInformationClass', 'KEY_INFORMATION_CLASS', namesOf(KEY_CLASSES));
  const valueClass = choice('KeyValueInformationClass', 'KEY_VALUE_INFORMATION_CLASS', namesOf(VALUE_CLASSES));
  return [
    service(0x12, 'NtOpenKey', [handleOut('KeyHandle'), accessMask(), objectAttributes()], open),
    partly(
      service(
        0x121,
        'NtOpenKeyEx',
        [handleOut('KeyHandle'), accessMask(), objectAttributes(), ulong('OpenOptions')],
        open,
      ),
      'The options, for transactions and backups, are not looked at.',
    ),
    partly(
      service(
        0x1d,
        'NtCreateKey',
        [
          handleOut('KeyHandle'),
          accessMask(),
          objectAttributes(),
          ulong('TitleIndex'),
          unicodeString('Class'),
          flags('CreateOptions', [
            [1, 'REG_OPTION_VOLATILE'],
            [REG_OPTION_CREATE_LINK, 'REG_OPTION_CREATE_LINK'],
          ]),
          optionalOut('Disposition', 'PULONG', 4),
        ],
        create,
      ),
      'Classes are not kept. Every hive lives as long as the machine, so volatile keys are like others.',
    ),
    service(0xd4, 'NtDeleteKey', [object('KeyHandle', 'Key', DELETE)], ({ kernel }, key) =>
      cm.deleteKey(kernel, key.body),
    ),
    service(
      0x16,
      'NtQueryKey',
      [object('KeyHandle', 'Key', KEY_QUERY_VALUE), keyClass, ...buffer('PKEY_INFORMATION'), resultLength],
      (call, key, kind, to, length, result) => {
        const node = cm.queryKey(call.kernel, key.body);
        if (!node) return STATUS_KEY_DELETED;
        return answer(call, KEY_CLASSES, kind, { subject: node, key }, { to, length, result });
      },
    ),
    service(
      0x32,
      'NtEnumerateKey',
      [
        object('KeyHandle', 'Key', KEY_ENUMERATE_SUB_KEYS),
        ulong('Index'),
        keyClass,
        ...buffer('PKEY_INFORMATION'),
        resultLength,
      ],
      (call, key, index, kind, to, length, result) => {
        const { status, node } = cm.enumerateKey(call.kernel, key.body, index);
        return node ? answer(call, KEY_CLASSES, kind, { subject: node, key }, { to, length, result }) : status;
      },
    ),
    service(
      0x17,
      'NtQueryValueKey',
      [
        object('KeyHandle', 'Key', KEY_QUERY_VALUE),
        unicodeString('ValueName'),
        valueClass,
        ...buffer('PKEY_VALUE_INFORMATION'),
        resultLength,
      ],
      (call, key, name, kind, to, length, result) => {
        const { status, value } = cm.queryValue(call.kernel, key.body, name ?? '');
        return value ? answer(call, VALUE_CLASSES, kind, { subject: value, key }, { to, length, result }) : status;
      },
    ),
    service(
      0x13,
      'NtEnumerateValueKey',
      [
        object('KeyHandle', 'Key', KEY_QUERY_VALUE),
        ulong('Index'),
        valueClass,
        ...buffer('PKEY_VALUE_INFORMATION'),
        resultLength,
      ],
      (call, key, index, kind, to, length, result) => {
        const { status, value } = cm.enumerateValue(call.kernel, key.body, index);
        return value ? answer(call, VALUE_CLASSES, kind, { subject: value, key }, { to, length, result }) : status;
      },
    ),
    service(
      0x60,
      'NtSetValueKey',
      [
        object('KeyHandle', 'Key', KEY_SET_VALUE),
        unicodeString('ValueName'),
        ulong('TitleIndex'),
        choice('Type', 'ULONG', REG_TYPES),
        pointer('Data'),
        ulong('DataSize'),
      ],
      (call, key, name, _title, type, data, size) => {
        if (size > cm.LARGEST_DATA) return STATUS_INVALID_PARAMETER;
        const bytes = readUser(call, data, size);
        if (!bytes) return STATUS_ACCESS_VIOLATION;
        return cm.setValue(call.kernel, key.body, { name: name ?? '', type, data: bytes });
      },
    ),
    service(
      0xd7,
      'NtDeleteValueKey',
      [object('KeyHandle', 'Key', KEY_SET_VALUE), unicodeString('ValueName')],
      ({ kernel }, key, name) => cm.deleteValue(kernel, key.body, name ?? ''),
    ),
    service(0xea, 'NtFlushKey', [object('KeyHandle', 'Key', 0)], () => STATUS_SUCCESS),
  ];
}

function open(call: Call, to: number, access: number, attributes: ObjectAttributes): NtStatus {
  const name = fullName(call, attributes);
  if (typeof name !== 'string') return name.status;
  const openLink = (attributes.attributes & OBJ_OPENLINK) !== 0;
  return giveKey(call, to, access, attributes, () => cm.openKey(call.kernel, name, { openLink }));
}

function create(
  call: Call,
  to: number,
  access: number,
  attributes: ObjectAttributes,
  _title: number,
  _class: string | undefined,
  options: number,
  disposition: number,
): NtStatus {
  const name = fullName(call, attributes);
  if (typeof name !== 'string') return name.status;
  const link = (options & REG_OPTION_CREATE_LINK) !== 0;
  let created = false;
  const status = giveKey(call, to, access, attributes, () => {
    const opened = cm.createKey(call.kernel, name, { link });
    created = opened.created === true;
    return opened;
  });
  if (succeeded(status) && disposition)
    writeWord(call, disposition, created ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY);
  return status;
}

/** A handle to the key that `find` opens; the access is checked before anything is made. */
function giveKey(
  call: Call,
  to: number,
  access: number,
  attributes: ObjectAttributes,
  find: () => cm.OpenedKey,
): NtStatus {
  const granted = grantAccess('Key', access);
  if (!succeeded(granted.status)) return granted.status;
  const { status, key } = find();
  if (key === undefined) return status;
  const header = createObject(call.kernel, 'Key', key);
  const opened = openObjectByPointer(call, header, access, attributes.attributes);
  // The handle keeps it.
  dereferenceObject(call.kernel, header);
  return give(call, to, opened);
}

/** The name from the root of the name space, which a key as root directory begins. */
function fullName(call: Call, { rootDirectory, name }: ObjectAttributes): string | { status: NtStatus } {
  if (rootDirectory === 0) return name;
  const root = referenceObjectByHandle(call.kernel, call.process, rootDirectory, 0, 'Key');
  if (!root.object) return { status: root.status };
  const above = cm.nameOfKey(call.kernel, root.object.body);
  return name === '' ? above : `${above}\\${name}`;
}

/** Gives as much as the buffer takes; the caller always learns how much there is. */
function answer<Subject>(
  call: Call,
  classes: readonly InformationClass<Subject>[],
  kind: number,
  { subject, key }: { subject: Subject; key: ObjectHeader },
  { to, length, result }: { to: number; length: number; result: number },
): NtStatus {
  const encode = classes.find(([value]) => value === kind)?.[2];
  if (!encode) return STATUS_INVALID_PARAMETER;
  const { bytes, fixed } = encode(subject, call, key);
  writeWord(call, result, bytes.length);
  if (length < fixed) return STATUS_BUFFER_TOO_SMALL;
  if (!writeUser(call, to, bytes.subarray(0, length))) return STATUS_ACCESS_VIOLATION;
  return length < bytes.length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

function namesOf(classes: readonly InformationClass<never>[]): Names {
  return classes.map(([value, name]) => [value, name] as const);
}

/** A fixed part, the length of a name, and the name. */
function named(parts: readonly Uint8Array[], name: string): Answer {
  const text = encodeUnicode(name);
  const head = concatenate([...parts, word(text.length)]);
  return { bytes: concatenate([head, text]), fixed: head.length };
}

function word(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setInt32(0, value | 0, true);
  return new Uint8Array(view.buffer);
}

function long(value: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value, true);
  return new Uint8Array(view.buffer);
}
