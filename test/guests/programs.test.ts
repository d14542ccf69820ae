/**
 * Debian's own programs compute the same in the machine as natively: digests, ciphers, compression, databases and
 * interpreters, which carry tables of known answers in their libraries and use instructions that nothing else does.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { HAS_ORACLE, newMachine, runInMachine, runNatively } from '../support/machine.ts';

const FOLDERS = ['/etc', '/lib', '/lib64', '/usr/lib', '/usr/bin', '/usr/share'];
const ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', PYTHONDONTWRITEBYTECODE: '1', OPENSSL_CONF: '/dev/null' };

const text = Array.from(
  { length: 3000 },
  (_, i) => `${(i * 7919) % 1000} word${i % 13} ${Math.sin(i).toFixed(9)}`,
).join('\n');

const PYTHON = `
import hashlib, zlib, bz2, lzma, struct, math, random, decimal, fractions, json, binascii
data = bytes(range(256)) * 40
for name in ('md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha3_256', 'blake2b', 'blake2s'):
    print(name, hashlib.new(name, data).hexdigest())
print(zlib.crc32(data), zlib.adler32(data), binascii.crc_hqx(data, 0))
for codec in (zlib, bz2, lzma):
    packed = codec.compress(data)
    print(len(packed), codec.decompress(packed) == data, hashlib.md5(packed).hexdigest())
for value in (0.1, 1e308, -2.5e-320, math.pi, 123456789.123):
    print(struct.pack('<dfe', value, min(value, 3e38), 1.5).hex(), value.hex(), repr(math.sqrt(abs(value))))
for x in (0.1, 0.7, 1.3, 10.0):
    print(*(f'{f(x):.17g}' for f in (math.sin, math.cos, math.tan, math.exp, math.log, math.atan, math.gamma, math.erf)))
print(pow(3, 10**5, 2**521 - 1), math.factorial(200), 7**400 // 3**200, divmod(-10**40, 7**13))
print(decimal.Decimal(2).sqrt(decimal.Context(60)), fractions.Fraction(355, 113) ** 9)
random.seed(5); print(random.random(), random.getrandbits(200), random.sample(range(1000), 8))
print(json.dumps({str(i): i / 7 for i in range(20)}))
print(sorted(data[:50], key=lambda b: (b * 37) % 251), round(2.675, 2), 1e22 + 1.0, int(1e22))
`;

const PERL = `
use Digest::SHA qw(sha256_hex sha512_hex); use Digest::MD5 qw(md5_hex); use List::Util qw(sum reduce);
my %h; $h{$_ % 17} .= chr(65 + $_ % 26) for 1 .. 5000;
print "$_ ", md5_hex($h{$_}), "\\n" for sort { $a <=> $b } keys %h;
print sha256_hex("x" x 5000), "\\n", sha512_hex(join ",", 1 .. 999), "\\n";
printf "%.15g %.15g %.15g %d\\n", sqrt(2), exp(1.5), atan2(1, 3), sum(map { $_ ** 2 } 1 .. 1000);
my $s = "the quick brown fox " x 50; (my $t = $s) =~ s/(\\w+) (\\w+)/$2 $1/g; print length $t, " ", md5_hex($t), "\\n";
print join(" ", unpack("N*", pack("d>*", 1.5, -2.25, 1e300))), "\\n";
`;

const SQL = `
create table t(a integer primary key, b text, c real);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
  insert into t select i, 'row ' || (i * 7919 % 1000), sqrt(i) * 3.25 from n;
create index tb on t(b);
select b, count(*), round(sum(c), 6), min(a), max(a) from t group by b order by 2 desc, 1 limit 12;
select group_concat(hex(zeroblob(3) || a), ',') from t where a % 333 = 0;
select a, lag(c) over (order by a), printf('%.10g', avg(c) over (order by a rows 3 preceding)) from t limit 8;
update t set c = c / 7 where a % 3 = 0; delete from t where a % 5 = 0;
select count(*), total(c), avg(length(b)), 9223372036854775807 + 1, 7 / 2, -7 % 3, 1e308 * 10 from t;
pragma integrity_check;
`;

const LUA = `
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(20), 7 // -2, 7 % -2, 2 ^ 0.5, 1e15 / 3, math.maxinteger + 1, 5 // 0.0, string.format('%a %.14g', 0.1, math.pi))
local t = {} for i = 1, 2000 do t[i] = (i * 7919) % 2003 end table.sort(t)
print(table.concat(t, ',', 1, 30), #t, string.pack('<i8d', -5, 2.5):byte(1, -1))
print(('x'):rep(50):gsub('x', function() return 'yz' end), math.sin(1), math.exp(2), 0x7fffffffffffffff ~ 3, 1 << 63, 3 >> 65)
`;

interface Case {
  readonly name: string;
  readonly program: string;
  readonly arguments: readonly string[];
  readonly input?: string;
}

const shell = (name: string, needs: string, script: string, input = text): Case & { needs: string } => ({
  name,
  needs,
  program: '/usr/bin/busybox',
  arguments: ['sh', '-c', script],
  input,
});

const KEY = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const IV = '0f0e0d0c0b0a09080706050403020100';
const digests = 'md5 sha1 sha224 sha256 sha384 sha512 sha3-256 blake2b512 sm3 ripemd160';
const ciphers = 'aes-128-cbc aes-256-cbc aes-256-ctr aes-192-ecb camellia-256-cbc chacha20 aria-128-ctr';

const cases: readonly (Case & { needs?: string })[] = [
  ...digests.split(' ').map(digest => ({
    name: `openssl dgst -${digest}`,
    program: '/usr/bin/openssl',
    arguments: ['dgst', `-${digest}`],
    input: text,
  })),
  ...ciphers.split(' ').map(cipher => {
    const bits = Number(/(128|192|256)/.exec(cipher)?.[1] ?? 256);
    const iv = cipher.endsWith('ecb') ? [] : ['-iv', IV];
    return {
      name: `openssl enc -${cipher}`,
      program: '/usr/bin/openssl',
      arguments: ['enc', `-${cipher}`, '-K', KEY.slice(0, bits / 4), ...iv, '-base64'],
      input: text.slice(0, 20_000),
    };
  }),
  {
    name: 'openssl: primes and big numbers',
    program: '/usr/bin/openssl',
    arguments: ['prime', '-hex', 'FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD1'],
  },
  shell('gzip and back', '/usr/bin/gzip', 'gzip -9 -n -c | tee /tmp/z | md5sum; gzip -dc /tmp/z | md5sum'),
  shell('bzip2 and back', '/usr/bin/bzip2', 'bzip2 -c | tee /tmp/z | md5sum; bzip2 -dc /tmp/z | md5sum'),
  shell('xz and back', '/usr/bin/xz', 'xz -6 -T1 -c | tee /tmp/z | md5sum; xz -dc /tmp/z | md5sum'),
  shell(
    'digests of busybox',
    '/usr/bin/busybox',
    'tee /tmp/z | sha512sum; sha3sum /tmp/z; sha1sum /tmp/z; cksum /tmp/z',
  ),
  { name: 'sqlite3', program: '/usr/bin/sqlite3', arguments: [':memory:'], input: SQL },
  { name: 'perl', program: '/usr/bin/perl', arguments: ['-e', PERL] },
  { name: 'python3', program: '/usr/bin/python3', arguments: ['-I', '-c', PYTHON] },
  { name: 'lua5.4', program: '/usr/bin/lua5.4', arguments: ['-'], input: LUA },
];

/** How often code is passed before it is compiled: as usual; never, so that the cold engine does it all; and soon. */
const MACHINES: readonly (readonly [name: string, options: Parameters<typeof newMachine>[2], which: RegExp])[] = [
  ['', {}, /./],
  [' (cold engine alone)', { hotThreshold: Infinity }, /sha256$|aes-256-ctr|sqlite3|lua|gzip/],
  [' (compiled early)', { hotThreshold: 50 }, /sha256$|lua/],
  [' (x86-64-v3)', { cpu: 'x86-64-v3' }, /sha256$|blake2|aes-256-ctr|chacha20|primes|sqlite3|perl|python3|lua/],
];

for (const { name, needs, ...rest } of cases) {
  const absent = [rest.program, needs ?? rest.program].find(file => !fs.existsSync(file));
  const skip = !HAS_ORACLE ? 'needs x86-64 Linux' : absent ? `${absent} is not installed` : false;
  for (const [machine, options] of MACHINES.filter(([, , which]) => which.test(name)))
    test(`the same natively: ${name}${machine}`, { skip }, () => {
      const program = { ...rest, folders: FOLDERS, environment: ENVIRONMENT };
      const native = runNatively(program);
      const ours = runInMachine(program, newMachine(program, [], options));
      assert.equal(ours.output, native.output, ours.errors);
      assert.equal(ours.code, native.code);
    });
}
