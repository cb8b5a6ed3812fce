import { paletteSize } from '../../model/colours';

export interface CanvasPalette {
  services: string[];
  error: string;
}

/** The theme's colours as a canvas understands them, read where the canvas stands so that both themes and overrides are followed. */
export function paletteOf(element: HTMLElement): CanvasPalette {
  const probe = document.createElement('span');
  probe.style.display = 'none';
  element.parentElement?.append(probe);
  const read = (variable: string) => {
    probe.style.color = `var(${variable})`;
    return getComputedStyle(probe).color;
  };
  const palette = { services: Array.from({ length: paletteSize }, (_, slot) => read(`--svc-${slot}`)), error: read('--error') };
  probe.remove();
  return palette;
}
