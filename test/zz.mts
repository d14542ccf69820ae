import { overStdio } from './support/dap.ts';
for (const provider of ['linux', '/work/wt-api/samples/linux-extension/extension.ts','linux', '/work/wt-api/samples/linux-extension/extension.ts', '/work/wt-api/samples/linux-extension/extension.ts']) {
const client = overStdio('/work/wt-api/dist/adapter.cjs');
const t0=performance.now();
await client.start({ program: '/work/wt-api/samples/hello/hello', provider, seed: 1 });
await client.stopped();
console.log(provider.slice(-12), 'first stop', performance.now()-t0);
await client.close();
}
