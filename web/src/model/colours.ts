/** Number of service colours in the theme (`--svc-0` to `--svc-19`). */
export const paletteSize = 20;

/** FNV-1a over UTF-16 code units: the same name has the same colour for everybody, on every machine. */
export function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

// Coprime with the palette size, so that probing visits every slot; far enough to change the hue visibly.
const probeStep = 7;

/**
 * Colour slots for the services of one view. Each takes the slot of its hash; where two services of the view meet, the later one in
 * alphabetical order moves on to a free slot. The result depends on the set of names only, so two people who look at the same view see
 * the same colours. With more services than slots the slots are shared evenly.
 */
export function assignColours(services: Iterable<string>): Map<string, number> {
  const names = [...new Set(services)].sort();
  const slots = new Map<string, number>();
  let used = new Set<number>();
  for (const name of names) {
    if (used.size === paletteSize) {
      used = new Set();
    }
    let slot = nameHash(name) % paletteSize;
    while (used.has(slot)) {
      slot = (slot + probeStep) % paletteSize;
    }
    used.add(slot);
    slots.set(name, slot);
  }
  return slots;
}

export function colourVariable(slot: number): string {
  return `var(--svc-${slot})`;
}
