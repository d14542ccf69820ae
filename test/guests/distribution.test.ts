/**
 * Programs of a Linux distribution, dynamically linked as it ships them, do the same in the machine as natively. Those
 * that take long run with `npm run test:programs`.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HAS_ORACLE, newMachine, runInMachine, runNatively } from '../support/machine.ts';

interface Case {
  readonly name: string;
  /** Programs without which it is skipped. */
  readonly needs: readonly string[];
  /** For bash, in an empty folder of its own. */
  readonly script: string;
  /** Done natively before, in the folder that both runs begin with. */
  readonly prepare?: string;
  readonly input?: string;
  /** Takes more than a few seconds. */
  readonly long?: boolean;
}

const ESBUILD = path.resolve('node_modules/@esbuild/linux-x64/bin');
const GO_SOURCE = fileURLToPath(new URL('go/network.go', import.meta.url));

const ENVIRONMENT = {
  PATH: `/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:${ESBUILD}`,
  LC_ALL: 'C',
  TZ: 'UTC',
  PYTHONDONTWRITEBYTECODE: '1',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.org',
  GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
};

const bin = (...names: string[]): string[] => names.map(name => `/usr/bin/${name}`);

const cases: readonly Case[] = [
  {
    name: 'bash: loops, pipes, here-documents, process substitution, arrays',
    needs: bin('diff'),
    script: `
for i in 1 2 3; do echo "$i"; done | while read -r x; do echo "got $x"; done
cat <<END
here $((6 * 7))
END
cat <<< "string"; diff <(printf 'a\\nb\\n') <(printf 'a\\nc\\n'); echo "status $?"
declare -A map=([one]=1 [two]=2); for key in $(printf '%s\\n' "\${!map[@]}" | sort); do echo "$key=\${map[$key]}"; done
text=abcdef; echo "\${text:2:3} \${text/cd/XX} \${#text} \${text^^}"; set -- a 'b c'; echo "$# \${2}"; (exit 7); echo $?
printf '%05d %x %s %q\\n' 42 255 word 'two words'; [[ abc =~ ^a(.)c$ ]] && echo "\${BASH_REMATCH[1]}"`,
  },
  {
    name: 'bash: traps, background jobs, signals, exit statuses',
    needs: bin('sleep'),
    script: `
trap 'echo usr1' USR1; trap 'echo leaving' EXIT
kill -USR1 $$; sleep 0.05 & wait; echo "waited $?"
(trap 'echo term; exit 9' TERM; while :; do sleep 0.01; done) & sleep 0.1; kill $!; wait $!; echo "child $?"
sh -c 'kill -SEGV $$' 2> /dev/null; echo "segv $?"; timeout 0.1 sleep 5; echo "timeout $?"
coproc cat; echo hello >&"\${COPROC[1]}"; read -r line <&"\${COPROC[0]}"; echo "coproc $line"; exec {COPROC[1]}>&-; wait`,
  },
  {
    name: 'strace: follows children that are not its own to their ends',
    needs: bin('strace'),
    script: `
strace -f -o log -e trace=exit_group sh -c '(exit 7); (/bin/true; exit 2); /bin/true; echo hi; exit 3' 2>&1; echo "status $?"
grep -o '+++ exited with .' log | sort`,
  },
  {
    name: 'coreutils',
    needs: bin('sort', 'cut', 'stat'),
    script: `
seq 1 1000 | sort -R --random-source=<(yes) | sort -n | tail -3; seq 20 | paste -sd+ | tr '+' ' '; seq 10 | shuf --random-source=<(yes) | wc -l
printf 'b 2\\na 1\\nb 3\\n' | sort -k1,1 -k2,2nr | uniq -w1 -c; echo one,two,three | cut -d, -f2; seq 100 | head -c 20 | od -c | head -2
mkdir -p d/e; echo x > d/e/f; ln -s e/f d/link; ln d/e/f d/hard; cp -a d copy; stat -c '%n %F %h %a' d/e/f copy/link d/hard; readlink -f copy/link | sed "s|$PWD||"
touch -d 2020-02-03T04:05:06Z old; stat -c %y old; date -u -d @86399 +%T; chmod 640 old; ls -l old | cut -c1-10; du -b copy/e/f; dd if=/dev/zero of=z bs=1k count=3 status=none; wc -c < z; truncate -s 5 z; od -An -tx1 z
split -l 3 <(seq 8) part; cat partab; join <(printf 'a 1\\nb 2\\n') <(printf 'a x\\nb y\\n'); comm -12 <(seq 5) <(seq 3 9); expr 6 \\* 7; factor 360360; numfmt --to=iec 123456789; basename /a/b.c .c; printf abc | base64; printf abc | sha256sum; tac <(seq 3); nl <(echo l); fold -w 3 <<< abcdef; test -L d/link && echo link; rm -r d copy; ls`,
  },
  {
    name: 'findutils, grep, sed',
    needs: bin('find', 'xargs', 'grep', 'sed'),
    script: `
mkdir -p a/b a/c; for i in 1 2 3; do echo "line $i of text" > a/b/f$i.txt; done; touch a/c/empty
find a -type f | sort; find a -name '*.txt' -size -2 -print0 | sort -z | xargs -0 -n2 echo; find a -empty -delete -print; find a -type f -exec grep -l 2 {} +
grep -rn 'e [13]' a | sort; grep -c line a/b/*; grep -oP '\\d(?= of)' a/b/f2.txt; grep -vE '1|2' a/b/f*.txt -h; echo "aXbXc" | sed 's/X/-/2; s/\\(a\\)/[\\1]/'; sed -n '$p;2,3!d' <(seq 5); sed -i 's/text/words/' a/b/f1.txt; cat a/b/f1.txt; seq 5 | sed -e '2a added' -e '4d' -e '/3/{s/3/three/;h};\${G}'`,
  },
  {
    name: 'awk',
    needs: bin('awk'),
    script: `
seq 1 100 | awk '{ s += $1; q[$1 % 7]++ } END { print s, s / NR; for (i = 0; i < 7; i++) printf "%d ", q[i]; print "" }'
printf 'a:1\\nb:2\\n' | awk -F: '{ print toupper($1), $2 ^ 10, length($0), substr("hello", 2, 3), sprintf("%.3f", sin($2)) }'
awk 'BEGIN { while (("echo x; echo y" | getline line) > 0) n++; print n; print index("hello", "l"), match("foobar", /o+/), RSTART, RLENGTH; split("a b c", p); print p[3]; gsub(/b/, "[&]", p[2]); print p[2] }'`,
  },
  {
    name: 'tar, gzip, xz',
    needs: bin('tar', 'gzip', 'xz'),
    script: `
mkdir -p t/u; seq 2000 > t/u/numbers; echo link > t/file; ln -s file t/sym; ln t/file t/hard; chmod 750 t/u; touch -d @1000000000 t t/u t/u/numbers t/file
tar --sort=name --mtime=@1000000000 --owner=0 --group=0 -cf all.tar t; sha256sum < all.tar; tar -tvf all.tar --full-time | sed 's/root.root/o/'
gzip -9n < all.tar | sha256sum; xz -6 -T1 < all.tar > all.tar.xz; sha256sum < all.tar.xz; mkdir out; tar -xJf all.tar.xz -C out; diff -r t out/t && echo same; zcat <(gzip -c t/file)`,
  },
  {
    name: 'make',
    needs: bin('make'),
    script: `
printf 'OBJECTS := a b c\\nall: $(OBJECTS)\\n\\t@echo all: $^\\n%%: %%.in\\n\\t@tr a-z A-Z < $< > $@ && echo made $@\\nclean:\\n\\trm -f $(OBJECTS)\\nbad:\\n\\t@exit 3\\n' > Makefile
for x in a b c; do echo "text $x" > $x.in; done; make -j2 -O | sort; make; touch -d tomorrow b.in; make 2> /dev/null; cat a b c; make bad 2> /dev/null; echo $?; make clean`,
  },
  {
    name: 'git: init, add, commit, branch, merge, log, diff, clone',
    needs: bin('git'),
    script: `
export HOME=$PWD; git init -q -b main repo; cd repo; seq 50 > numbers; mkdir sub; echo text > sub/file; git add .; git commit -qm first; git log --format='%H %s'
git checkout -qb side; sed -i 's/25/twenty-five/' numbers; git commit -qam side; git checkout -q main; echo more >> sub/file; git commit -qam main; git merge -q -m merged side; git log --oneline --graph; git diff HEAD~1 --stat
git tag v1; git status --short; git stash list; echo dirty >> numbers; git stash -q; git stash pop -q; git diff | tail -2; git blame -s sub/file; cd ..; git clone -q repo copy; cd copy; git rev-parse HEAD; ls; git fsck; git gc -q; git count-objects -v | grep in-pack; git archive HEAD | tar -t`,
  },
  {
    name: 'python3: threads, processes, pipes, files, sqlite3',
    needs: bin('python3'),
    script: `python3 -I - <<'END'
import threading, queue, subprocess, os, sqlite3, tempfile, json, signal, time, concurrent.futures, multiprocessing, mmap, fcntl, select, struct
q = queue.Queue()
threads = [threading.Thread(target=lambda n=n: [q.put(n * i) for i in range(100)]) for n in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]; print(sum(q.get() for _ in range(400)))
print(subprocess.run(['sh', '-c', 'cat; echo err >&2; exit 3'], input=b'in', capture_output=True))
with concurrent.futures.ThreadPoolExecutor(3) as pool: print(list(pool.map(lambda x: x * x, range(6))))
r, w = os.pipe(); pid = os.fork()
if pid == 0: os.write(w, b'from the child'); os._exit(5)
print(os.read(r, 99), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
db = sqlite3.connect('data.db'); db.execute('pragma journal_mode=wal'); db.execute('create table t(a, b)'); db.executemany('insert into t values(?, ?)', [(i, str(i)) for i in range(100)]); db.commit(); print(db.execute('select sum(a), count(distinct b) from t').fetchone()); db.close()
signal.signal(signal.SIGALRM, lambda *_: print('alarm')); signal.setitimer(signal.ITIMER_REAL, 0.02); time.sleep(0.05)
with open('m', 'wb+') as f: f.truncate(8192); m = mmap.mmap(f.fileno(), 0); m[5000:5005] = b'hello'; f.seek(5000); print(f.read(5))
lock = open('l', 'w'); fcntl.flock(lock, fcntl.LOCK_EX); print(select.select([r], [w], [], 0)[1] == [w])
if __name__ == '__main__':
    context = multiprocessing.get_context('fork')
    parent, child = context.Pipe(); p = context.Process(target=lambda: child.send({'sum': sum(range(1000))})); p.start(); print(parent.recv()); p.join(); print(p.exitcode)
print(sorted(os.listdir('.')), os.stat('m').st_size, os.getcwd() != '/')
END`,
    long: true,
  },
  {
    name: 'perl: fork, pipes, sockets of pairs, files',
    needs: bin('perl'),
    script: `perl -MPOSIX -MIO::Handle -MSocket -e '
$| = 1; pipe(my $r, my $w); if (!fork) { close $r; print $w "child speaks\\n"; POSIX::_exit(4) } close $w; print <$r>; wait; print $? >> 8, "\\n";
socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0); syswrite $a, "ping"; sysread $b, my $t, 9; print "$t\\n";
open(my $f, "+>", "x"); print $f "l$_\\n" for 1 .. 5; seek $f, 0, 0; print scalar(my @l = <$f>), "\\n"; print -s "x", " ", (stat "x")[2] & 0777, "\\n";
$SIG{ALRM} = sub { die "alarm\\n" }; eval { alarm 1; select(undef, undef, undef, 5) }; print $@; print qx(echo from a shell); print join(",", sort glob("*")), "\\n"'`,
  },
  {
    name: 'sqlite3: WAL and a large table',
    needs: bin('sqlite3'),
    script: `
sqlite3 d.db "pragma journal_mode=wal; create table t(a integer primary key, b); with recursive n(i) as (select 1 union all select i+1 from n where i<5000) insert into t select i, hex(i*i) from n;"
ls; sqlite3 d.db "select count(*), sum(length(b)), max(b) from t; pragma wal_checkpoint; vacuum; pragma integrity_check;"; sqlite3 d.db .dump | sha256sum`,
  },
  {
    name: 'gcc: compiles, assembles, links, and the result runs',
    needs: bin('gcc'),
    long: true,
    script: `
cat > p.c <<'END'
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
static void *run(void *x) { double *d = x; for (int i = 0; i < 1000; i++) *d += sqrt(i); return 0; }
int main(int argc, char **argv) { pthread_t t[3]; double d[3] = {0}; for (int i = 0; i < 3; i++) pthread_create(t + i, 0, run, d + i); for (int i = 0; i < 3; i++) pthread_join(t[i], 0); printf("%.6f %s\\n", d[0] + d[1] + d[2], argv[1]); return argc; }
END
gcc -O2 -Wall p.c -o p -lm -pthread && ./p word; echo $?; gcc -O1 -c p.c && size p.o | awk 'NR==2{print $1 > 0}'; gcc -S -O2 p.c -o - | sha256sum; ldd p | grep -c '=> .*lib'; objdump -d p | grep -c sqrt; nm p | grep -w main | cut -c18-`,
  },
  {
    name: 'node: a script with timers, files, streams and a child',
    needs: bin('node'),
    long: true,
    script: `cat > s.mjs <<'END'
import fs from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import zlib from 'node:zlib';
await fs.writeFile('f', 'x'.repeat(10000)); await sleep(5);
console.log((await fs.stat('f')).size, createHash('sha256').update(await fs.readFile('f')).digest('hex'));
console.log(zlib.gunzipSync(zlib.gzipSync('again')).toString(), execFileSync('echo', ['child']).toString().trim());
console.log([3, 1, 2].toSorted?.() ?? [1, 2, 3], new Intl.NumberFormat('en').format(1234567.891), BigInt(2) ** 100n);
END
node --version; node s.mjs`,
  },
  {
    name: 'esbuild, a Go program: bundles, reports errors, serves',
    needs: [path.join(ESBUILD, 'esbuild'), ...bin('curl')],
    script: `
echo 'export const sum = (xs: number[]): number => xs.reduce((a, b) => a + b, 0);' > lib.ts
echo 'import { sum } from "./lib"; console.log(sum([1, 2])); export class A { #x = 1; get x() { return this.#x ?? 2 } }' > main.ts
esbuild --version; esbuild main.ts --bundle --minify --target=es2019 --format=esm --outfile=out.js --sourcemap --log-level=error; cat out.js; sha256sum < out.js.map
echo 'let x: = 1' > bad.ts; esbuild bad.ts 2>&1; echo "status $?"
p=$((20000 + $$ % 20000)); mkfifo open; exec 9<>open; esbuild main.ts --bundle --outdir=www --servedir=www --serve=127.0.0.1:$p --log-level=silent <&9 &
until curl -s -o /dev/null http://127.0.0.1:$p/main.js; do sleep 0.05; done
curl -s http://127.0.0.1:$p/main.js | sha256sum; curl -s -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:$p/none; kill %1; wait %1; echo "server $?"`,
  },
  {
    name: 'a Go program: goroutines, channels, net/http on the loopback, a child, a recovered fault',
    needs: bin('go'),
    prepare: `HOME=$PWD GOCACHE=$PWD/cache GO111MODULE=off go build -o network ${GO_SOURCE} && rm -rf cache`,
    script: './network',
  },
  {
    name: 'nginx with curl: files, ranges, compression, a proxy, reload and quit',
    needs: ['/usr/sbin/nginx', ...bin('curl')],
    script: `
p=$((20000 + $$ % 9000 * 2)); q=$((p + 1)); mkdir -p logs root tmp; seq 2000 > root/numbers.txt; echo '<h1>hello</h1>' > root/index.html; touch -d @1700000000 root/*
cat > nginx.conf <<END
daemon on; worker_processes 2; pid $PWD/nginx.pid; error_log $PWD/logs/error.log notice; user root;
events { worker_connections 64; }
http { access_log $PWD/logs/access.log; gzip on; gzip_types text/plain; default_type text/plain; types { text/html html; } sendfile on;
client_body_temp_path $PWD/tmp/a; proxy_temp_path $PWD/tmp/b; fastcgi_temp_path $PWD/tmp/c; uwsgi_temp_path $PWD/tmp/d; scgi_temp_path $PWD/tmp/e;
server { listen 127.0.0.1:$p; root $PWD/root; location /proxied/ { proxy_pass http://127.0.0.1:$q/; } location /old { return 301 /new; } }
server { listen 127.0.0.1:$q; location / { return 200 "backend \\$request_uri\\n"; } } }
END
nginx -p $PWD -c nginx.conf; echo "started $?"; u=http://127.0.0.1:$p
curl -s $u/; curl -s $u/numbers.txt | sha256sum; curl -s -r 100-119 $u/numbers.txt; curl -s --compressed -o out -w '%{http_code} %{content_type} %{size_download}\\n' $u/numbers.txt; sha256sum < out
curl -s $u/proxied/some/path; curl -s -o /dev/null -w '%{http_code} %{redirect_url}\\n' $u/old | sed s/:$p//; curl -s -o /dev/null -w '%{http_code}\\n' $u/none; curl -sI $u/index.html | grep -v -e ^Date -e ^Server
curl -s "$u/numbers.txt?[1-5]" -o /dev/null -w '%{num_connects} '; curl -s -d data $u/proxied/post; curl -s http://127.0.0.1:18099/; echo "refused $?"
nginx -p $PWD -c nginx.conf -s reload; sleep 0.3; curl -s $u/; nginx -p $PWD -c nginx.conf -s quit; while [ -e nginx.pid ]; do sleep 0.05; done; wc -l < logs/access.log; grep -vc notice logs/error.log`,
  },
  {
    name: 'gdb: breakpoints, a backtrace, stepping out, a watchpoint, an expression',
    needs: bin('gdb', 'gcc'),
    prepare: `cat > p.c <<'END'
#include <stdio.h>
int twice(int x) { return 2 * x; }
int main(void) { int s = 0; for (int i = 0; i < 3; i++) s += twice(i); printf("sum %d\\n", s); return s; }
END
gcc -g -O0 p.c -o p`,
    script: `
gdb -q -nx -batch -ex 'break twice' -ex run -ex bt -ex 'print x + 40' -ex finish -ex 'delete 1' -ex 'watch s' -ex continue -ex 'print i' -ex 'x/2i $pc' -ex 'delete 2' -ex continue ./p 2>&1 |
grep -v -e '^$' -e libthread_db -e 'Download failed' -e debuginfod | sed -E 's/0x[0-9a-f]+/ADDRESS/g; s/process [0-9]+/process N/'`,
  },
  {
    name: 'strace of a small program',
    needs: bin('strace'),
    long: true,
    script: `strace -f -e trace=openat,write,exit_group -o log echo traced; grep -c '^[0-9]* *write(1, "traced' log; tail -1 log | cut -d' ' -f2-`,
  },
];

const ALL = process.env.PROGRAMS === 'all';

for (const { name, needs, script, prepare, input = '', long = false } of cases) {
  const absent = ['/bin/bash', ...needs].find(file => !fs.existsSync(file));
  const skip = !HAS_ORACLE
    ? 'needs x86-64 Linux'
    : absent
      ? `${absent} is not installed`
      : long && !ALL
        ? 'takes long: npm run test:programs'
        : false;
  test(`the same natively: ${name}`, { skip }, () => {
    const folder = fs.mkdtempSync(path.join(tmpdir(), 'pico-program-'));
    try {
      if (prepare) execFileSync('/bin/bash', ['-c', prepare], { cwd: folder });
      const program = {
        program: '/bin/bash',
        arguments: ['-c', script],
        input,
        environment: { ...ENVIRONMENT, HOME: folder },
        directory: folder,
      };
      // First here: the folder of the host stays empty for the native run.
      const ours = runInMachine(program, newMachine(program, [{ host: '/', guest: '/', mode: 'overlay' }]));
      const native = runNatively(program);
      assert.equal(ours.output, native.output, `${ours.errors}\n${ours.log.join('\n')}`);
      assert.equal(ours.code, native.code);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
}
