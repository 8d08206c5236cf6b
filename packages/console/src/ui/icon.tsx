/** Drawn on 16 by 16, as lines in the colour of the text around them. */
const PATHS = {
  alert:
    'M8 5.2v3.6M8 11v.1M6.9 2.6 1.6 11.9a1.3 1.3 0 0 0 1.1 1.9h10.6a1.3 1.3 0 0 0 1.1-1.9L9.1 2.6a1.3 1.3 0 0 0-2.2 0Z',
  audit: 'M4 2.5h8v11l-2-1.3-2 1.3-2-1.3-2 1.3zM6.2 5.7h3.6M6.2 8.5h3.6',
  back: 'M9.8 3.2 5 8l4.8 4.8',
  business: 'M2.5 13.5h11M4 13.5v-11h5v11M9 6.5h3v7M6 5.3h1M6 8h1M6 10.7h1',
  check: 'm3 8.4 3.3 3.3L13 4.8',
  close: 'm4 4 8 8M12 4l-8 8',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  down: 'M3.8 6 8 10.2 12.2 6',
  download: 'M8 2.5v7.7M4.6 7 8 10.4 11.4 7M3 13.5h10',
  external: 'M9.5 2.5h4v4M13.5 2.5 7.8 8.2M11.5 9.5v4h-9v-9h4',
  filter: 'M2.5 3.5h11L9.3 8.6v4L6.7 13.8V8.6z',
  forbidden: 'M3.6 3.6l8.8 8.8M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8Z',
  identity: 'M3 5.5h10v7H3zM8 5.5v-3M5.8 8.5v.8M10.2 8.5v.8',
  info: 'M8 7.3v4M8 4.8v.1M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8Z',
  key: 'M9.2 6.8a3 3 0 1 0-4.3 4.2 3 3 0 0 0 4.3-4.2Zm0 0 4.3-4.3M11.4 4.6l1.7 1.7',
  keyboard: 'M1.8 4h12.4v8H1.8zM4.2 6.4h.1M6.7 6.4h.1M9.2 6.4h.1M11.7 6.4h.1M5 9.6h6',
  members:
    'M6 7.4a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8ZM1.8 13.4c.2-2.4 1.8-3.8 4.2-3.8s4 1.4 4.2 3.8M10.4 2.9a2.3 2.3 0 0 1 0 4.2M12 9.9c1.3.5 2.1 1.7 2.2 3.5',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  minus: 'M3.5 8h9',
  moon: 'M13.2 9.6A5.6 5.6 0 1 1 6.4 2.8a4.5 4.5 0 0 0 6.8 6.8Z',
  more: 'M3.4 8h.1M8 8h.1M12.6 8h.1',
  offline:
    'M2 2l12 12M5.2 8.3a4.6 4.6 0 0 1 2-1M2.8 5.8A8 8 0 0 1 5 4.4M8 4a8 8 0 0 1 5.2 1.8M10.1 7.9l.7.5M8 11.8v.1',
  overview: 'M2.5 13.5v-5h3v5zM6.5 13.5v-11h3v11zM10.5 13.5v-8h3v8z',
  plus: 'M8 3.2v9.6M3.2 8h9.6',
  retention: 'M8 4.4V8l2.4 1.6M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8Z',
  right: 'M6 3.8 10.2 8 6 12.2',
  revoke: 'M4.6 11.4l6.8-6.8M8 2.4a5.6 5.6 0 1 0 0 11.2A5.6 5.6 0 0 0 8 2.4Z',
  search: 'M7 11.6a4.6 4.6 0 1 0 0-9.2 4.6 4.6 0 0 0 0 9.2ZM10.4 10.4l3.4 3.4',
  session: 'M2 3h12v8H2zM5.5 13.5h5',
  'sign-out': 'M6 2.5H3v11h3M7 8h6.5M10.8 5.2 13.6 8l-2.8 2.8',
  sort: 'M5 3v10M2.8 10.8 5 13l2.2-2.2M11 13V3M8.8 5.2 11 3l2.2 2.2',
  sun: 'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.5v1.4M8 13.1v1.4M14.5 8h-1.4M2.9 8H1.5M12.6 3.4l-1 1M4.4 11.6l-1 1M12.6 12.6l-1-1M4.4 4.4l-1-1',
  up: 'M3.8 10 8 5.8l4.2 4.2',
  verifier: 'M8 1.8 13 3.6v4c0 3-2 5.4-5 6.6-3-1.2-5-3.6-5-6.6v-4zM5.8 8l1.6 1.6 2.9-3',
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside words, or inside a control that has a name: readers are not told of it. */
export function Icon({ name, size = 16, className }: { name: IconName; size?: number; className?: string }) {
  return (
    <svg
      aria-hidden="true"
      className={className ?? 'shrink-0'}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
