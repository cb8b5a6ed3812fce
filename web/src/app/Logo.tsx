/** A clew: the ball of thread, with its end leading out. */
export function Logo() {
  return (
    <svg width="22" height="22" viewBox="0 0 22 22" fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round" aria-hidden="true">
      <path d="M16.5 18H10a7 7 0 1 1 7-7" />
      <path d="M10 14.500a3.5 3.5 0 1 1 3.5-3.5" />
      <path d="M16.5 18H21" />
    </svg>
  );
}
