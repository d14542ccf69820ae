/** What uname(2) and /proc say this is: Linux's version that the provider is modelled on, in WSL 1's manner. */

export const RELEASE = '4.4.0-19041-Pico';
export const VERSION = '#1 SMP PREEMPT';
export const MACHINE = 'x86_64';
