import { useEffect, useRef } from 'react';

/** A key by its place (`KeyJ`, `BracketLeft`), with `Shift+` in front where needed. Places work in every keyboard state, Hangul included. */
export type Shortcuts = Readonly<Record<string, (event: KeyboardEvent) => void>>;

// Keys that controls and scrollers need for themselves; a page gets them only while nothing else has the focus, or within its list.
const listKeys = /^(?:Shift\+)?(?:Arrow\w+|Enter|Space|Home|End|Page\w+)$/;

/** Handles keys anywhere on the page, except while typing in a field, composing a syllable, or in a dialog. Lists are marked with `data-list-keys`. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts);
  current.current = shortcuts;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector('dialog[open]') !== null) {
        return;
      }
      const key = event.shiftKey ? `Shift+${event.code}` : event.code;
      const handler = current.current[key];
      if (handler && (!listKeys.test(key) || belongsToList(event.target))) {
        event.preventDefault();
        handler(event);
      }
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function belongsToList(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) {
    return true;
  }
  return target === document.body || target.id === 'main' || target.closest('[data-list-keys]') !== null;
}
