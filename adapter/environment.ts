/** The environment a program gets: enough for shells and libraries, and nothing of this computer. */

const AT_LEAST = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/root', LANG: 'C.UTF-8' };

/** null removes a name. */
export function guestEnvironment(changes: Readonly<Record<string, string | null>>): Record<string, string> {
  const merged = Object.entries({ ...AT_LEAST, ...changes });
  return Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null));
}
