//! A USB stick with a film: it is found when the stick goes in, and gone when it is pulled.

use hearth_tests::{House, Stick, film};

#[tokio::test(flavor = "multi_thread")]
async fn a_stick_brings_its_films_and_takes_them_along() {
    let stick = Stick::slot();
    let house = House::builder()
        .config("library.removable = true")
        .inside(stick.inside())
        .start();
    house.scanned(0).await;
    stick.put_in("Night Train (2019) 360p.mkv", &film());
    house.scanned(1).await;
    let phone = house.pair_first("Phone").await;
    let title = phone.find("night train").await;
    let path = format!(
        "/api/v1/media/{}/sources",
        title["id"].as_str().expect("an id")
    );
    let sources = phone.get(&path).await;
    assert_eq!(sources["items"][0]["provider"], "local", "{sources}");
    assert_eq!(sources["items"][0]["playable"], true, "{sources}");
    stick.pull_out();
    house.scanned(0).await;
    // What nobody can play is not offered, and what was watched of it not forgotten.
    let search = "/api/v1/media/search?q=night%20train";
    let found = phone.get(search).await;
    assert_eq!(found["items"], serde_json::json!([]), "{found}");
    let sources = phone.get(&path).await;
    assert_eq!(sources["items"], serde_json::json!([]), "{sources}");
    stick.put_in("Night Train (2019) 360p.mkv", &film());
    house.scanned(1).await;
    assert_eq!(phone.find("night train").await["id"], title["id"]);
}
