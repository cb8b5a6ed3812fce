import { useEffect, useRef, type ReactNode } from 'react';

interface PopoverProps {
  open: boolean;
  onClose(): void;
  label: string;
  align?: 'start' | 'end';
  children: ReactNode;
}

/** A panel below its (relatively positioned) parent. Closes on Escape and when focus or pointer go elsewhere; focus returns to where it was. */
export function Popover({ open, onClose, label, align = 'start', children }: PopoverProps) {
  const panel = useRef<HTMLDivElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    if (!open) {
      return;
    }
    const before = document.activeElement;
    const outside = (event: Event) => {
      const parent = panel.current?.parentElement;
      if (event.target instanceof Node && parent && !parent.contains(event.target)) {
        close.current();
      }
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
      if (before instanceof HTMLElement && (document.activeElement === document.body || document.activeElement === null)) {
        before.focus();
      }
    };
  }, [open]);
  if (!open) {
    return null;
  }
  return (
    <div
      ref={panel}
      className={`popover popover-${align}`}
      role="dialog"
      aria-label={label}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onClose();
          panel.current?.parentElement?.querySelector<HTMLElement>('button')?.focus();
        }
      }}
    >
      {children}
    </div>
  );
}
