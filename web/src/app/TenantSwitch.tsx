import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { setTenant } from '../api/client';
import { uiSettings } from '../api/ui';
import { Icon } from '../ui/Icon';
import { Popover } from '../ui/Popover';
import { currentPlace, navigate, usePlace } from './location';
import { usePreferences } from './preferences';

const allowed = /^[\w.!*'()-]{1,150}$/;
const key = 'clew.tenants';
const kept = 8;

function known(): string[] {
  try {
    const list: unknown = JSON.parse(window.localStorage.getItem(key) ?? '[]');
    return Array.isArray(list) ? list.filter((x): x is string => typeof x === 'string').slice(0, kept) : [];
  } catch {
    return [];
  }
}

/** Whose data is shown, where a server keeps several tenants apart. The tenant is in the address, so a link shows the same data. */
export function TenantSwitch() {
  const { t } = usePreferences();
  const { params } = usePlace();
  const client = useQueryClient();
  const tenant = params.get('tenant') ?? '';
  const settings = useQuery({ queryKey: ['ui'], queryFn: ({ signal }) => uiSettings(signal), staleTime: 60_000 });
  const [open, setOpen] = useState(false);
  const [draft, setDraft] = useState('');
  if (settings.data?.tenantsEnabled !== true && tenant === '') {
    return null;
  }
  const choose = (next: string) => {
    setOpen(false);
    setTenant(next);
    try {
      window.localStorage.setItem(key, JSON.stringify([next, ...known().filter((name) => name !== next)].slice(0, kept)));
    } catch {
      // Storage may be switched off; then no tenant is remembered.
    }
    const place = currentPlace();
    place.params.set('tenant', next);
    // What was answered before was another tenant's.
    client.clear();
    navigate(place.path.startsWith('/trace/') ? '/' : place.path, place.params);
  };
  return (
    <span className="query-add">
      <button type="button" className="text-button" aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)}>
        {tenant === '' ? t.app.chooseTenant : t.app.tenant(tenant)}
        <Icon name="chevronDown" size={12} />
      </button>
      <Popover open={open} onClose={() => setOpen(false)} label={t.app.chooseTenant} align="end">
        <form
          className="condition-editor"
          onSubmit={(event) => {
            event.preventDefault();
            if (allowed.test(draft.trim())) {
              choose(draft.trim());
            }
          }}
        >
          <input className="field" value={draft} aria-label={t.app.chooseTenant} placeholder={t.app.tenantName} autoFocus spellCheck={false} aria-invalid={draft !== '' && !allowed.test(draft.trim())} onChange={(event) => setDraft(event.target.value)} />
          <ul className="column-list">
            {known().map((name) => (
              <li key={name}>
                <button type="button" className="inline-button" onClick={() => choose(name)}>
                  {name}
                </button>
              </li>
            ))}
          </ul>
        </form>
      </Popover>
    </span>
  );
}
