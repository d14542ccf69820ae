/** xoshiro128** (Blackman and Vigna, 2018): the only source of chance in a machine, seeded at launch, so runs repeat. */

export type RandomState = Uint32Array; // four words

/** Four words from one seed, by SplitMix32. */
export function seedRandom(seed: number): RandomState {
  const state = new Uint32Array(4);
  let z = seed >>> 0;
  for (let i = 0; i < 4; i++) {
    z = (z + 0x9e3779b9) >>> 0;
    let v = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    v = Math.imul(v ^ (v >>> 15), 0x735a2d97);
    state[i] = (v ^ (v >>> 15)) >>> 0;
  }
  return state;
}

function rotate(value: number, count: number): number {
  return (value << count) | (value >>> (32 - count));
}

/** The next 32 bits. */
export function nextRandom(state: RandomState): number {
  const result = Math.imul(rotate(Math.imul(state[1], 5), 7), 9) >>> 0;
  const t = state[1] << 9;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= t;
  state[3] = rotate(state[3], 11);
  return result;
}

export function fillRandom(state: RandomState, into: Uint8Array): void {
  for (let i = 0; i < into.length; i += 4) {
    const word = nextRandom(state);
    for (let j = 0; j < 4 && i + j < into.length; j++) into[i + j] = word >>> (8 * j);
  }
}
