/** The suite as VS Code runs it in its extension host: `run` resolves when all tests pass. */

import Mocha from 'mocha';

export function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, color: false });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  return import('./session.ts').then(
    () =>
      new Promise((resolve, reject) => {
        mocha.run(failures => (failures ? reject(new Error(`${failures} tests failed`)) : resolve()));
      }),
  );
}
