// Loaded by VS Code as its "test runner" (extensionTestsPath): opens a loopback HTTP server in the extension host, so
// that a test in another process can call the real `vscode` API. Functions come as text and answer with JSON.

const fs = require('node:fs');
const http = require('node:http');
const vscode = require('vscode');

exports.run = () =>
  new Promise((resolve, reject) => {
    const store = {};
    const server = http.createServer((request, response) => {
      let body = '';
      request.on('data', data => (body += data));
      request.on('end', async () => {
        const { fn, args, exit } = JSON.parse(body);
        if (exit !== undefined) {
          response.end('{}');
          server.close();
          return exit === 0 ? resolve() : reject(new Error(`exit ${exit}`));
        }
        try {
          const value = await (0, eval)(`(${fn})`)(vscode, store, ...args);
          response.end(JSON.stringify({ value: value === undefined ? null : value }));
        } catch (error) {
          response.end(JSON.stringify({ error: String((error && error.stack) || error) }));
        }
      });
    });
    server.listen(0, '127.0.0.1', () => fs.writeFileSync(process.env.PICO_BRIDGE_FILE, String(server.address().port)));
  });
