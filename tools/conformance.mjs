/**
 * Runs a folder of test programs in the machine, as the Linux Test Project builds them, and prints what became of each.
 * Nothing of them is part of this project.
 */

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './setup/paths.mjs';

const USAGE = `Usage: npm run conformance -- --tests DIR [OPTIONS]

  --tests DIR       the programs, all in one folder; on the machine's PATH
  --list FILE       lines \`name command…\` (LTP's runtest files); without it every program of the folder, by its name
  --baseline FILE   lines \`name<TAB>PASS|FAIL|CONF\` of another system, to compare with
  --only REGEXP     only tests whose names match
  --jobs N          at once; as many as there are processors unless told
  --seconds N       after so long a test counts as hanging; 120 unless told
  --write FILE      the table as Markdown, with what each test said that did not pass
  --help            says this
`;

/** @returns {never} */
function refuse(why) {
  process.stderr.write(`${why}\n\n${USAGE}`);
  process.exit(2);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        tests: { type: 'string' },
        list: { type: 'string' },
        baseline: { type: 'string' },
        only: { type: 'string', default: '' },
        jobs: { type: 'string', default: String(availableParallelism()) },
        seconds: { type: 'string', default: '120' },
        write: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    return values;
  } catch (error) {
    return refuse(error.message);
  }
}

const options = readOptions();
if (options.help) {
  process.stdout.write(USAGE);
  process.exit();
}
if (options.tests === undefined) refuse('Which programs? Give their folder with --tests.');
for (const file of [options.tests, options.list, options.baseline])
  if (file !== undefined && !existsSync(file)) refuse(`There is no ${file}.`);
for (const name of ['jobs', 'seconds'])
  if (!(Number(options[name]) > 0)) refuse(`--${name} ${options[name]}: a number above 0 is needed.`);
const tests = path.resolve(options.tests);

/** Bits of a test's exit status (LTP, include/test.h): TFAIL, TBROK, TWARN, TINFO, TCONF. */
const TCONF = 32;

/** @typedef {{ name: string, verdict: 'PASS' | 'FAIL' | 'CONF' | 'HANG', said: string }} Result */

/** @returns {{ name: string, command: string }[]} */
function listed() {
  if (options.list === undefined) return readdirSync(tests).map(name => ({ name, command: name }));
  return readFileSync(options.list, 'utf8')
    .split('\n')
    .map(line => /^(?!#)(\S+)\s+(\S.*)$/.exec(line))
    .flatMap(match => (match ? [{ name: match[1], command: match[2] }] : []));
}

/** @param {{ name: string, command: string }} test @returns {Promise<Result>} */
function run({ name, command }) {
  const words = [path.join(ROOT, 'dist/pico.cjs'), 'run', '--root', '/', '--cwd', '/tmp'];
  for (const [key, value] of Object.entries({
    PATH: `${tests}:/usr/sbin:/usr/bin:/sbin:/bin`,
    LTPROOT: tests,
    HOME: '/root',
  }))
    words.push('--env', `${key}=${value}`);
  const child = spawn(process.execPath, [...words, '/bin/sh', '-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const hear = chunk => {
    text = (text + chunk).slice(-200_000);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  return new Promise(resolve => {
    const late = setTimeout(() => child.kill('SIGKILL'), 1000 * Number(options.seconds));
    child.on('close', (code, signal) => {
      clearTimeout(late);
      const verdict = signal ? 'HANG' : code === 0 ? 'PASS' : code === TCONF ? 'CONF' : 'FAIL';
      resolve({ name, verdict, said: verdict === 'PASS' ? '' : lastWords(text) });
    });
  });
}

/** The first line that says what is wrong, without the test's own name and count. */
function lastWords(text) {
  const lines = text.split('\n');
  const line = lines.find(each => /\bT(?:FAIL|BROK)\b/.test(each)) ?? lines.find(each => /\bTCONF\b/.test(each));
  return (line ?? lines.filter(Boolean).at(-1) ?? '')
    .replace(/^.*?\b(T(?:FAIL|BROK|CONF|WARN))\s*:?\s*/, '$1 ')
    .trim()
    .slice(0, 160);
}

/** @returns {Map<string, string>} */
function baseline() {
  if (options.baseline === undefined) return new Map();
  const rows = readFileSync(options.baseline, 'utf8').split('\n').filter(Boolean);
  return new Map(rows.map(row => /** @type {[string, string]} */ (row.split('\t'))));
}

function summary(results, before) {
  const count = verdict => results.filter(each => each.verdict === verdict).length;
  const lost = results.filter(({ name, verdict }) => verdict !== 'PASS' && before.get(name) === 'PASS');
  const lines = [
    `${results.length} tests: ${count('PASS')} pass, ${count('FAIL')} fail, ${count('CONF')} do not apply, ${count('HANG')} hang.`,
  ];
  if (before.size > 0)
    lines.push(`Of those that passed before, ${lost.length} do not: ${lost.map(({ name }) => name).join(' ')}`);
  return lines.join('\n');
}

function markdown(results, before) {
  const rows = results.map(
    ({ name, verdict, said }) =>
      `| ${name} | ${verdict} | ${before.get(name) ?? ''} | ${said.replaceAll('|', '\\|')} |`,
  );
  return `${summary(results, before)}\n\n| test | here | before | what it said |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

const waiting = listed().filter(({ name }) => new RegExp(options.only).test(name));
const before = baseline();
const order = waiting.map(({ name }) => name);
/** @type {Result[]} */
const results = [];
async function work() {
  for (let test = waiting.shift(); test; test = waiting.shift()) {
    const result = await run(test);
    results.push(result);
    const was = before.get(result.name);
    process.stdout.write(`${result.verdict} ${result.name}${was === undefined ? '' : ` (${was})`} ${result.said}\n`);
  }
}
await Promise.all(Array.from({ length: Number(options.jobs) }, work));
results.sort((one, other) => order.indexOf(one.name) - order.indexOf(other.name));
process.stdout.write(`${summary(results, before)}\n`);
if (options.write !== undefined) writeFileSync(options.write, markdown(results, before));
