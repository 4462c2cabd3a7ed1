//! The settings page: its lines, and what stands beside the one in focus.

use hearth_model::{Authority, Language};
use slint::{ComponentHandle, SharedString};

use super::{Binder, Icons, ServiceLine, SettingLine, SettingsView, index, short};
use crate::{
    services::{service, summary},
    view_model::{BoxInfo, Model, SETTINGS, Setting, Settings},
    words::{box_words, problem, words},
};

fn address_of(info: Option<&BoxInfo>) -> &str {
    info.and_then(BoxInfo::address).unwrap_or_default()
}

fn service_lines(page: &Settings, language: Language) -> Vec<ServiceLine> {
    let Some(Ok(services)) = &page.services else {
        return Vec::new();
    };
    let lines = services.iter().map(|status| {
        let told = service(status, language);
        ServiceLine {
            name: told.name.into(),
            state: told.state.into(),
            text: told.lines.join("\n").into(),
        }
    });
    lines.collect()
}

impl Binder {
    pub(super) fn settings(&mut self, page: &Settings, model: &Model) {
        let words = words(model.language);
        let icons = self.window.global::<Icons<'_>>();
        let info = model.box_info.as_ref();
        let line = |label: &str, value: &str, icon| SettingLine {
            label: label.into(),
            value: value.into(),
            icon,
        };
        let name = info.map_or(words.about_unknown, |info| info.name.as_str());
        let motion = if model.reduced_motion {
            (words.motion_reduced, words.motion_reduced_hint)
        } else {
            (words.motion_full, words.motion_full_hint)
        };
        let own = box_words(model.language);
        let device = model.device.as_ref();
        let version = device
            .map(|device| device.version.as_str())
            .or(info.map(|info| info.version.as_str()))
            .unwrap_or(words.about_unknown);
        let services = match &page.services {
            Some(Ok(services)) => summary(services, model.language),
            _ => String::new(),
        };
        let lines: Vec<SettingLine> = SETTINGS
            .iter()
            .map(|setting| match setting {
                Setting::Pair => line(words.pair_phone, "", icons.get_phone()),
                Setting::Language => line(words.language, words.language_name, icons.get_globe()),
                Setting::Motion => line(words.motion, motion.0, icons.get_motion()),
                Setting::Network => line(own.network, "", icons.get_wifi()),
                Setting::Catalogue => line(words.catalogue, &services, icons.get_film()),
                Setting::Updates => line(own.updates, version, icons.get_update()),
                Setting::Power => line(own.power, "", icons.get_power()),
                Setting::About => line(words.about, name, icons.get_info()),
            })
            .collect();
        let (pin, url) = page
            .pin
            .as_ref()
            .map_or((String::new(), String::new()), |pin| {
                (pin.pin.clone(), pin.url.clone())
            });
        let picture = self.qr_of(&url);
        if !pin.is_empty() {
            self.digits.set(
                pin.chars()
                    .map(|digit| SharedString::from(digit.to_string()))
                    .collect(),
            );
        }
        let view = self.window.global::<SettingsView<'_>>();
        view.set_heading(words.settings.into());
        self.settings.set(lines);
        view.set_at(index(page.at));
        view.set_pin(pin.into());
        view.set_qr(picture);
        let address = url.split('#').next().unwrap_or_default();
        view.set_address(short(address).into());
        self.steps
            .set(words.pair_steps.map(SharedString::from).to_vec());
        let text = if page.pin_used {
            words.pair_used.to_owned()
        } else if info.is_some_and(|info| !info.local) {
            words.pair_elsewhere.to_owned()
        } else {
            page.fetch
                .problem()
                .map(|why| problem(why, model.language))
                .unwrap_or_default()
        };
        view.set_pin_text(text.into());
        let trouble = match &page.services {
            Some(Err(why)) => problem(why, model.language),
            _ => String::new(),
        };
        let hint = match SETTINGS[page.at] {
            // Why nothing can be said of them.
            Setting::Catalogue => trouble.as_str(),
            Setting::Pair | Setting::About => "",
            Setting::Language => words.language_hint,
            Setting::Motion => motion.1,
            Setting::Network => own.networks_hint,
            Setting::Updates => own.check,
            Setting::Power => own.power_hint,
        };
        view.set_hint(hint.into());
        view.set_in_catalogue(SETTINGS[page.at] == Setting::Catalogue);
        self.services.set(service_lines(page, model.language));
        let address = info
            .and_then(|info| info.address())
            .unwrap_or(words.about_unknown);
        let plain = |label: &str, value: &str| line(label, value, SharedString::new());
        let mut about = vec![
            plain(words.about_name, name),
            plain(words.about_version, version),
            plain(words.about_address, address),
        ];
        if let Some(device) = device.filter(|device| !device.board.is_empty()) {
            let slot = device.slot.as_deref().unwrap_or_default();
            let image = format!("{}, {} {slot}", device.board, own.slot);
            about.push(plain(own.image, &image));
        }
        if info.is_some_and(|info| info.address().is_some()) {
            let place = format!("{}/api/v1/device/licences", short(address_of(info)));
            about.push(plain(own.licences, &place));
        }
        let development = device.is_some_and(|device| device.authority == Authority::Development);
        view.set_warning(if development { own.development } else { "" }.into());
        self.about.set(about);
    }
}
