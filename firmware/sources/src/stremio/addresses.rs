//! The addresses of an addon, as the official client writes them.

use url::Url;

use crate::text::encode;

/// People paste the address with or without `manifest.json`.
pub(super) fn manifest_url(mut url: Url) -> Url {
    if !url.path().ends_with("/manifest.json") {
        let path = format!("{}/manifest.json", url.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    url.set_fragment(None);
    url
}

/// `/{resource}/{type}/{id}[/{extra}].json` beside the manifest.
pub(super) fn resource_url(manifest: &Url, path: &[&str], extra: Option<&str>) -> Url {
    let base = manifest
        .path()
        .trim_end_matches("/manifest.json")
        .to_owned();
    let mut parts: Vec<String> = path.iter().map(|part| encode(part)).collect();
    parts.extend(extra.map(ToOwned::to_owned));
    let mut url = manifest.clone();
    url.set_path(&format!("{base}/{}.json", parts.join("/")));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_the_official_client() {
        let manifest: Url = "https://a.example/key%3D1/manifest.json?t=2"
            .parse()
            .unwrap();
        assert_eq!(
            resource_url(&manifest, &["stream", "series", "tt0108778:1:1"], None).as_str(),
            "https://a.example/key%3D1/stream/series/tt0108778%3A1%3A1.json?t=2"
        );
        let extra = format!("search={}", encode("game of thrones & co"));
        assert_eq!(
            resource_url(&manifest, &["catalog", "movie", "top"], Some(&extra)).path(),
            "/key%3D1/catalog/movie/top/search=game%20of%20thrones%20%26%20co.json"
        );
        let hostile = resource_url(&manifest, &["stream", "movie", "../../x?y#z"], None);
        assert_eq!(
            hostile.path(),
            "/key%3D1/stream/movie/..%2F..%2Fx%3Fy%23z.json"
        );
    }

    #[test]
    fn the_manifest_is_found_under_the_addresses_people_paste() {
        for pasted in [
            "https://a.example/k/manifest.json",
            "https://a.example/k/",
            "https://a.example/k",
        ] {
            assert_eq!(
                manifest_url(pasted.parse().unwrap()).as_str(),
                "https://a.example/k/manifest.json"
            );
        }
    }
}
