/** a − b of two times in nanoseconds given as decimal digits. Exact for differences below 2^53 ns (104 days). */
export function nanoDifference(a: string, b: string): number {
  return (Number(a.slice(0, -9)) - Number(b.slice(0, -9))) * 1e9 + (Number(a.slice(-9)) - Number(b.slice(-9)));
}

/** Milliseconds since 1970, with the fraction that a double still holds. */
export function nanoToMs(time: string): number {
  return Number(time.slice(0, -9)) * 1000 + Number(time.slice(-9)) / 1e6;
}
