/** Prints one line a figure: what it is, its median and its range, and the budget it is held against. */
export function report(what: string, values: readonly number[], unit: string, budget: string): void {
  const sorted = [...values].sort((a, b) => a - b);
  const text = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
  const [median, least, most] = [sorted[Math.floor(sorted.length / 2)], sorted[0], sorted[sorted.length - 1]];
  process.stdout.write(`${what}: median ${text(median)} ${unit} (${text(least)}–${text(most)}, ${sorted.length} times; budget ${budget})\n`);
}
