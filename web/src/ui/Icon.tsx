/** Drawn on a 16 px grid with one stroke width, so that they sit with the type. */
const paths = {
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.6-1.400L14 14',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 5v3.200l2 1.6',
  chevronDown: 'M4 6.5 8 10.500l4-4',
  chevronRight: 'M6.5 4l4 4-4 4',
  chevronLeft: 'M9.5 4l-4 4 4 4',
  chevronUp: 'M4 9.5 8 5.500l4 4',
  close: 'M4 4l8 8M12 4l-8 8',
  copy: 'M6 6h7.500v7.500H6ZM10 6V2.500H2.500V10H6',
  check: 'M3 8.5 6.5 12 13 4.5',
  error: 'M8 1.8 14.6 13.600H1.400ZM8 6.200v3.600M8 11.600v.3',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.200v3.800M8 5v.2',
  sun: 'M8 10.800A2.8 2.8 0 1 0 8 5.200a2.8 2.8 0 0 0 0 5.600ZM8 1.500v1.300M8 13.200v1.300M1.5 8h1.300M13.2 8h1.300M3.4 3.400l.9.9M11.7 11.700l.9.9M12.6 3.400l-.9.9M4.3 11.700l-.9.9',
  moon: 'M13.5 9.800A6 6 0 0 1 6.2 2.500a6 6 0 1 0 7.3 7.300Z',
  system: 'M2 3h12v8H2ZM5.5 14h5M8 11v3',
  keyboard: 'M1.5 4h13v8h-13ZM4 6.700h.2M6.6 6.700h.2M9.2 6.700h.2M11.8 6.700h.2M5 9.500h6',
  refresh: 'M13 5.500A5.5 5.5 0 1 0 13.5 8M13.5 2.500v3h-3',
  zoomOut: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.6-1.400L14 14M4.8 7h4.4',
  foldAll: 'M3 3h10M3 13h10M5.5 5.5 8 8l2.5-2.500M5.5 10.7 8 8.200l2.5 2.5',
  unfoldAll: 'M3 8h10M5.5 5.5 8 3l2.5 2.500M5.5 10.5 8 13l2.5-2.5',
  path: 'M2 3.500h5.500v4.500H12v4.500h2',
  link: 'M6.8 9.200a2.6 2.6 0 0 0 3.7 0l2.3-2.300a2.6 2.6 0 0 0-3.7-3.700l-.8.8M9.2 6.800a2.6 2.6 0 0 0-3.7 0L3.2 9.100a2.6 2.6 0 0 0 3.7 3.700l.8-.8',
  arrowRight: 'M2.500 8h11M9.500 4l4 4-4 4',
  inline: 'M2.500 3.500h11M2.500 6h11v5h-11ZM2.500 13.500h11',
  settings: 'M2.500 4.500h6M11.500 4.500h2M10 3v3M2.500 11.500h2M7.500 11.500h6M6 10v3',
  arrowLeft: 'M13.5 8h-11M6.5 4l-4 4 4 4',
  filter: 'M2 3.500h12L9.5 8.800v4.700l-3-1.600V8.800Z',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  compare: 'M5.500 2.500v11M10.500 2.500v11M2.500 6h3M2.500 10h3M10.500 4.500h3M10.500 8h3M10.500 11.500h3',
  star: 'M8 2l1.800 3.800 4.200.600-3 3 .700 4.200L8 11.600l-3.700 2 .700-4.200-3-3 4.200-.600Z',
  group: 'M2.500 3.500h4v4h-4ZM9.500 3.500h4v4h-4ZM2.500 10.500h11',
  play: 'M5 3l8 5-8 5Z',
  pause: 'M5 3v10M11 3v10',
  sidebar: 'M2 3h12v10H2ZM10 3v10',
  columns: 'M2.500 3h11v10h-11ZM6.200 3v10M9.800 3v10',
  share: 'M8 10V2M5 4.500 8 1.800l3 2.700M3.500 7.500v6h9v-6',
  download: 'M8 2v8M5 7.500 8 10.200l3-2.700M3 13.500h10',
  upload: 'M8 10.500v-8M5 5 8 2.300 11 5M3 13.500h10',
  globe: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM2 8h12M8 2c2 1.7 2.6 3.7 2.6 6S10 12.3 8 14C6 12.3 5.4 10.3 5.4 8S6 3.7 8 2Z',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
