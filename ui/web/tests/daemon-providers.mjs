// The owner's providers, pretended: one of the configuration file, and what is added.

export function pretendProviders(isOwner) {
  const entry = (id, config, more = {}) => ({
    id,
    kind: config.kind,
    host: 'indexer.example:443',
    enabled: true,
    fixed: false,
    config,
    secrets: [],
    health: {
      state: 'untried',
      asked: 0,
      success_share: null,
      p50_ms: null,
      p95_ms: null,
      last_ok_at: null,
      last_error_at: null,
      last_error: null,
    },
    problem: null,
    ...more,
  });
  let items = [
    entry('torznab:home', { kind: 'torznab', id: 'home', name: 'Prowlarr' }, { fixed: true }),
    entry('site:films', { kind: 'site', file: 'films.yaml' }, {
      problem: 'films.yaml: line 3: `select` is missing',
    }),
  ];
  const state = { names: () => items.map((one) => one.id) };
  state.answer = (path, method, body) => {
    if (!path.startsWith('admin/sources')) return undefined;
    if (!isOwner()) return [403, { slug: 'not-owner', detail: 'not the owner' }];
    const [, , raw, test] = path.split('/');
    const id = decodeURIComponent(raw ?? '');
    const one = items.find((known) => known.id === id);
    if (raw === 'order') {
      const placed = body.ids.map((wanted) => items.find((known) => known.id === wanted));
      items = [...items.filter((known) => !placed.includes(known)), ...placed];
    } else if (test) {
      const bad = id.startsWith('stremio:');
      one.health = { ...one.health, state: bad ? 'failing' : 'ok' };
      const detail = bad ? 'a web page' : 'finds sources';
      return [200, { ok: !bad, took_ms: 80, detail, reason: bad ? 'provider-address' : null }];
    } else if (method === 'POST') {
      const added = entry(`${body.config.kind}:${body.config.id}`, body.config);
      items = [...items, added];
      return [201, added];
    } else if (method === 'PUT') {
      one.enabled = body.enabled;
      return [200, one];
    } else if (method === 'DELETE') {
      items = items.filter((known) => known !== one);
      return [204];
    }
    return [200, { items }];
  };
  return state;
}
