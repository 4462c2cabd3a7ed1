// The box as a thing, pretended: a network, updates, power.

export function pretendBox() {
  const state = { wifi: undefined, installing: { state: 'idle' }, policy: 'night', told: [] };
  const network = (name, strength, security) => ({
    name,
    strength,
    security,
    joined: state.wifi === name,
    known: state.wifi === name,
  });
  const updates = () => ({
    missing: null,
    version: '1.0.0',
    slots: [],
    confirmation: { state: 'confirmed' },
    rolled_back: state.rolledBack ?? null,
    channel: 'updates.example',
    checked_at: Date.UTC(2026, 10, 28),
    trouble: null,
    offers: [
      {
        id: 'one',
        from: 'channel',
        version: '1.1.0',
        size_bytes: 212_000_000,
        notes: { ru: 'Фильмы начинаются быстрее.', en: 'Films start faster.' },
        file: null,
      },
      {
        id: 'two',
        from: 'stick',
        version: '1.2.0-beta.1',
        size_bytes: 215_000_000,
        notes: { ru: '', en: '' },
        file: 'hearth-rpi-1.2.0-beta.1.raucb',
      },
    ],
    installing: state.installing,
    policy: state.policy,
  });
  state.answer = (path, method, body) => {
    if (!path.startsWith('device')) return undefined;
    if (path.startsWith('devices')) return undefined;
    if (method === 'POST') state.told.push(path);
    switch (path) {
      case 'device':
        return [
          200,
          {
            board: 'rpi',
            version: '1.0.0',
            slot: 'A',
            authority: 'development',
            power: { missing: null, can_restart: true, can_power_off: true },
            set_up: true,
            time_zone: state.timeZone ?? null,
          },
        ];
      case 'device/time-zone':
        state.timeZone = body.time_zone;
        return [204];
      case 'device/network':
        return [
          200,
          {
            missing: null,
            reach: 'internet',
            wired: true,
            has_wifi: true,
            wifi: state.wifi ?? null,
          },
        ];
      case 'device/wifi':
        if (method === 'GET') {
          const items = [
            network('Дом у реки', 84, 'personal'),
            network('Office', 52, 'unsupported'),
            network('Café', 38, 'open'),
          ];
          return [200, { items }];
        }
        if (body.password && body.password !== 'correct horse')
          return [403, { slug: 'wifi-password-wrong', detail: 'wrong' }];
        state.wifi = body.name;
        return [204];
      case 'device/updates/install':
        state.installing = { state: 'running', version: '1.1.0', percent: 37 };
        return [202, updates()];
      case 'device/updates/policy':
        state.policy = body.policy;
        return [204];
      case 'device/power':
        return [204];
      default:
        return [200, updates()];
    }
  };
  return state;
}
