// The test reporter: failures in full as they come, slow tests by name, and as the last line `N passed, N failed`.

const SLOW_MS = 5000;

export default async function* reporter(source) {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for await (const event of source) {
    const { type, data } = event;
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite') continue;
    if (data.skip !== undefined) {
      skipped++;
      yield `skipped: ${data.name}${typeof data.skip === 'string' ? ` (${data.skip})` : ''}\n`;
    } else if (type === 'test:pass') {
      passed++;
      if (data.details.duration_ms > SLOW_MS) yield `${(data.details.duration_ms / 1000).toFixed(1)} s: ${data.name}\n`;
    } else {
      failed++;
      const { error } = data.details;
      const cause = error.cause ?? error;
      yield `FAILED: ${data.name}\n  ${data.file ?? ''}:${data.line ?? ''}\n${indent(cause.stack ?? String(cause))}\n`;
    }
  }
  yield `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`;
}

function indent(text) {
  return text.replace(/^/gm, '  ');
}
