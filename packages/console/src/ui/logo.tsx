/** The sign of Rescind, in the accent of the console. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 16 16" className="shrink-0 text-accent">
      <rect width="16" height="16" rx="3.5" fill="currentColor" />
      <path
        d="M4.6 11.4 11.4 4.6M8 3.4a4.6 4.6 0 1 0 0 9.2 4.6 4.6 0 0 0 0-9.2Z"
        fill="none"
        stroke="var(--on-accent)"
        strokeWidth="1.6"
        strokeLinecap="round"
      />
    </svg>
  );
}
