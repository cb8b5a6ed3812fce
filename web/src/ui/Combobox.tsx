import { useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

interface ComboboxProps {
  label: string;
  placeholder: string;
  value: string;
  options: readonly string[];
  emptyText: string;
  clearLabel: string;
  disabled?: boolean;
  autoFocus?: boolean;
  onChange(value: string): void;
  renderOption?(option: string): ReactNode;
}

const shownLimit = 200;

/** A text field that narrows a list while typing (ARIA combobox with a list). Leaving the field without choosing restores the value. */
export function Combobox({ label, placeholder, value, options, emptyText, clearLabel, disabled = false, autoFocus = false, onChange, renderOption }: ComboboxProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const open = typed !== null;
  const shown = useMemo(() => {
    const wanted = (typed ?? '').trim().toLowerCase();
    const starting: string[] = [];
    const containing: string[] = [];
    for (const option of options) {
      const at = option.toLowerCase().indexOf(wanted);
      if (at === 0) {
        starting.push(option);
      } else if (at > 0) {
        containing.push(option);
      }
    }
    return [...starting, ...containing].slice(0, shownLimit);
  }, [options, typed]);

  const choose = (option: string) => {
    setTyped(null);
    onChange(option);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) {
      return;
    }
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!open) {
        setTyped('');
        setActive(0);
      } else if (shown.length > 0) {
        setActive((active + (event.key === 'ArrowDown' ? 1 : shown.length - 1)) % shown.length);
      }
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (open && shown.length > 0) {
        choose(shown[Math.min(active, shown.length - 1)]);
      } else if (typed === '') {
        choose('');
      }
    } else if (event.key === 'Escape' && open) {
      event.stopPropagation();
      setTyped(null);
    }
  };
  return (
    <div className="combobox">
      <input
        ref={input}
        className="field"
        role="combobox"
        aria-label={label}
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open && shown.length > 0 ? `${id}-${active}` : undefined}
        placeholder={placeholder}
        disabled={disabled}
        autoFocus={autoFocus}
        value={typed ?? value}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setTyped(event.target.value);
          setActive(0);
        }}
        onClick={() => {
          if (!open) {
            setTyped('');
            setActive(0);
          }
        }}
        onBlur={() => setTyped(null)}
        onKeyDown={onKeyDown}
      />
      {value !== '' && !open && !disabled && (
        <button type="button" className="combobox-clear" aria-label={clearLabel} title={clearLabel} onClick={() => choose('')}>
          ×
        </button>
      )}
      {open && (
        <ul id={`${id}-list`} className="combobox-list" role="listbox" aria-label={label}>
          {shown.map((option, index) => (
            <li
              key={option}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              ref={(element) => {
                if (index === active) {
                  element?.scrollIntoView({ block: 'nearest' });
                }
              }}
              // The field would lose its focus, and with it the list, before a click arrives.
              onPointerDown={(event) => {
                event.preventDefault();
                choose(option);
              }}
            >
              {renderOption ? renderOption(option) : option}
            </li>
          ))}
          {shown.length === 0 && (
            <li className="combobox-empty" role="presentation">
              {emptyText}
            </li>
          )}
        </ul>
      )}
    </div>
  );
}
