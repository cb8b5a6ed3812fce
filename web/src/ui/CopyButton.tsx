import { useEffect, useState } from 'react';
import { usePreferences } from '../app/preferences';
import { Icon } from './Icon';

/** Copies a text and says so for two seconds. `label` names what is copied; with `showLabel` it stands beside the icon. */
export function CopyButton({ text, label, showLabel = false }: { text: string | (() => string); label: string; showLabel?: boolean }) {
  const { t } = usePreferences();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) {
      return;
    }
    const timer = window.setTimeout(() => setCopied(false), 2000);
    return () => window.clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await writeClipboard(typeof text === 'string' ? text : text());
    setCopied(true);
  };
  return (
    <button type="button" className={showLabel ? 'button' : 'icon-button'} onClick={() => void copy()} aria-label={label} title={copied ? t.common.copied : label}>
      <Icon name={copied ? 'check' : 'copy'} size={14} />
      {showLabel && <span>{copied ? t.common.copied : label}</span>}
      <span className="visually-hidden" role="status">
        {copied ? t.common.copied : ''}
      </span>
    </button>
  );
}

async function writeClipboard(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Over plain HTTP from another machine browsers withhold the clipboard API; the old way still works there.
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
