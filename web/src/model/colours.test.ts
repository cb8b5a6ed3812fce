import { describe, expect, it } from 'vitest';
import { assignColours, nameHash, paletteSize } from './colours';

describe('assignColours', () => {
  it('gives a lone service the slot of its hash', () => {
    expect(assignColours(['frontend']).get('frontend')).toBe(nameHash('frontend') % paletteSize);
  });

  it('does not depend on the order in which services appear', () => {
    const names = Array.from({ length: 15 }, (_, i) => `service-${i}`);
    expect(assignColours(names)).toEqual(assignColours([...names].reverse()));
  });

  it('has no two services of one colour while there are free slots', () => {
    const names = Array.from({ length: paletteSize }, (_, i) => `s${i}`);
    expect(new Set(assignColours(names).values()).size).toBe(paletteSize);
  });

  it('shares slots evenly beyond the palette', () => {
    const slots = [...assignColours(Array.from({ length: 3 * paletteSize }, (_, i) => `s${i}`)).values()];
    for (let slot = 0; slot < paletteSize; slot++) {
      expect(slots.filter((s) => s === slot).length).toBe(3);
    }
  });
});
