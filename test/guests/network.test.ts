/** Debian's servers and clients talk to each other on the machine's own loopback, and say the same as natively. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { HAS_ORACLE, runInMachine, runNatively } from '../support/machine.ts';

const FOLDERS = ['/etc', '/lib', '/lib64', '/usr/lib', '/usr/bin', '/usr/sbin', '/usr/share'];
const ENVIRONMENT = { PATH: '/usr/bin:/bin:/usr/sbin', LC_ALL: 'C', PYTHONDONTWRITEBYTECODE: '1' };

/** A server of the standard library, and its client in another process. */
const HTTP = `
import http.server, os, sys, threading, urllib.request
class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'hello ' + self.path.encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *rest): pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Hello)
if os.fork() == 0:
    for i in range(3): print(urllib.request.urlopen(f'http://127.0.0.1:{server.server_port}/{i}').read(), flush=True)
    os._exit(7)
for i in range(3): server.handle_request()
print(os.wait()[1])
`;

const ASYNCIO = `
import asyncio
async def shout(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()
async def client(port, n):
    reader, writer = await asyncio.open_connection('127.0.0.1', port)
    heard = []
    for i in range(3):
        writer.write(f'{n}-{i} abc\\n'.encode())
        await writer.drain()
        heard.append((await reader.readline()).decode().strip())
    writer.close()
    await writer.wait_closed()
    return heard
async def main():
    server = await asyncio.start_server(shout, '127.0.0.1', 0)
    port = server.sockets[0].getsockname()[1]
    for heard in await asyncio.gather(*(client(port, n) for n in range(5))): print(heard)
asyncio.run(main())
`;

const PERL = `
use IO::Socket::INET;
my $listener = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', Proto => 'tcp') or die $!;
$| = 1;
if (my $pid = fork) {
  my $client = $listener->accept;
  while (<$client>) { print $client uc }
  close $client;
  waitpid $pid, 0;
  print "status $?\\n";
} else {
  my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $listener->sockport) or die $!;
  print $socket "one\\ntwo\\n";
  print scalar <$socket>, scalar <$socket>;
  exit 3;
}
`;

/** Waits for the server by asking until it answers. */
const REDIS = `
redis-server --port 7391 --bind 127.0.0.1 --save '' --daemonize no > /dev/null &
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do redis-cli -p 7391 ping 2> /dev/null && break; sleep 0.3; done
redis-cli -p 7391 set a 41
redis-cli -p 7391 incr a
redis-cli -p 7391 rpush l x y z
printf 'lrange l 0 -1\\nget a\\nshutdown nosave\\n' | redis-cli -p 7391
wait
`;

const cases = [
  { name: 'python3: http.server and urllib', program: '/usr/bin/python3', arguments: ['-I', '-c', HTTP] },
  { name: 'python3: asyncio streams', program: '/usr/bin/python3', arguments: ['-I', '-c', ASYNCIO] },
  { name: 'perl: IO::Socket', program: '/usr/bin/perl', arguments: ['-e', PERL] },
  { name: 'redis', program: '/usr/bin/bash', arguments: ['-c', REDIS], needs: '/usr/bin/redis-server' },
];

for (const { name, needs, ...rest } of cases) {
  const absent = [rest.program, needs ?? rest.program].find(file => !fs.existsSync(file));
  const skip = !HAS_ORACLE ? 'needs x86-64 Linux' : absent ? `${absent} is not installed` : false;
  test(`on the loopback: ${name}`, { skip }, () => {
    const program = { ...rest, folders: FOLDERS, environment: ENVIRONMENT };
    const native = runNatively(program);
    assert.notEqual(native.output, '', native.errors);
    const ours = runInMachine(program);
    assert.deepEqual([ours.output, ours.code], [native.output, native.code], ours.errors);
  });
}
