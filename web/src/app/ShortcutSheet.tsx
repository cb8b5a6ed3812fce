import { useEffect, useRef } from 'react';
import { Icon } from '../ui/Icon';
import { usePreferences } from './preferences';

/** Key caps as printed on the keyboard; they are the same in every language. */
const keyCaps = {
  help: ['?'],
  focusSearch: ['/'],
  palette: ['Ctrl K'],
  tabs: ['1', '…', '6'],
  live: ['l', 'p'],
  move: ['↑', '↓', 'j', 'k'],
  foldOne: ['←', '→'],
  foldAll: ['[', ']'],
  match: ['f', 'b'],
  error: ['e', 'Shift e'],
  pan: ['a', 'd'],
  zoom: ['+', '−', '0'],
  critical: ['c'],
  inline: ['i'],
  open: ['Enter'],
  escape: ['Esc'],
  reload: ['r'],
} as const;

export function ShortcutSheet({ open, onClose }: { open: boolean; onClose(): void }) {
  const { t } = usePreferences();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) {
      dialog.current?.showModal();
    } else {
      dialog.current?.close();
    }
  }, [open]);
  const groups: readonly { title: string; keys: readonly { caps: readonly string[]; text: string }[] }[] = [
    {
      title: t.shortcuts.everywhere,
      keys: [
        { caps: keyCaps.focusSearch, text: t.shortcuts.focusSearch },
        { caps: keyCaps.palette, text: t.palette.title },
        { caps: keyCaps.tabs, text: t.tabs.label },
        { caps: keyCaps.reload, text: t.shortcuts.reload },
        { caps: keyCaps.escape, text: t.shortcuts.escape },
        { caps: keyCaps.help, text: t.shortcuts.help },
      ],
    },
    {
      title: t.shortcuts.lists,
      keys: [
        { caps: keyCaps.move, text: t.shortcuts.move },
        { caps: keyCaps.open, text: t.shortcuts.open },
        { caps: keyCaps.live, text: t.shortcuts.live },
      ],
    },
    {
      title: t.shortcuts.waterfall,
      keys: [
        { caps: keyCaps.foldOne, text: t.shortcuts.foldOne },
        { caps: keyCaps.foldAll, text: t.shortcuts.foldAll },
        { caps: keyCaps.match, text: t.shortcuts.match },
        { caps: keyCaps.error, text: t.shortcuts.error },
        { caps: keyCaps.critical, text: t.shortcuts.critical },
        { caps: keyCaps.inline, text: t.views.inline },
        { caps: keyCaps.pan, text: t.shortcuts.pan },
        { caps: keyCaps.zoom, text: t.shortcuts.zoom },
      ],
    },
  ];
  return (
    <dialog ref={dialog} className="sheet" aria-label={t.app.shortcuts} onClose={onClose} onClick={(event) => event.target === dialog.current && onClose()}>
      <div className="sheet-body">
        <div className="sheet-head">
          <h2>{t.app.shortcuts}</h2>
          <button type="button" className="icon-button" onClick={onClose} aria-label={t.common.close}>
            <Icon name="close" />
          </button>
        </div>
        {groups.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.keys.map((key) => (
                <div key={key.text}>
                  <dt>{key.text}</dt>
                  <dd>
                    {key.caps.map((cap) => (
                      <kbd key={cap}>{cap}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </dialog>
  );
}
