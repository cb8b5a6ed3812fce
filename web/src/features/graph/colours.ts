/** The theme's colours that a canvas draws with, by the names that graph.css gives them behind `--c-`. */
const names = [
  'paper', 'surface', 'sunken', 'ink', 'ink-2', 'ink-3', 'line', 'line-strong', 'accent', 'accent-ink', 'error',
  'graph-ok', 'graph-warn', 'graph-bad', 'graph-tcp', 'graph-idle', 'graph-find', 'graph-trace', 'graph-dot',
] as const;

// Only a registered property is computed to a colour; else `light-dark(…)` would come back as it is written, and no canvas knows it.
for (const name of names) {
  try {
    CSS.registerProperty({ name: `--c-${name}`, syntax: '<color>', inherits: true, initialValue: 'transparent' });
  } catch {
    // Registered already: this module was loaded again.
  }
}

export type Colours = Record<string, string>;

/** The colours as they are where the element stands, in the theme of this moment. */
export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--c-${name}`).trim()]));
}
