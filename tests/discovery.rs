//! How phones find the box: mDNS in a network of two machines, seen by another implementation.

use hearth_tests::{House, Machine, Network};
use reqwest::Method;
use serde_json::Value;

fn house_on(machine: &Machine) -> House {
    House::builder()
        .config(&format!(
            "server.listen = \"{}:7430\"\nserver.mdns = true",
            machine.address
        ))
        .inside(machine.inside())
        .start()
}

fn network() -> Option<Network> {
    match Network::lay() {
        Ok(network) => Some(network),
        Err(why) => {
            eprintln!("skipped: network namespaces are not permitted here: {why}");
            None
        }
    }
}

async fn about(house: &House) -> Value {
    house.local(Method::GET, "/api/v1/box", None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_box_is_found_and_a_second_one_gets_a_name_of_its_own() {
    let Some(network) = network() else { return };
    let (here, there) = (&network.living_room, &network.kitchen);
    let first = house_on(here);
    let found = there.browse(1);
    assert_eq!(found.len(), 1, "{found:?}");
    let seen = &found[0];
    let told = about(&first).await;
    assert_eq!(seen["name"], "Hearth._hearth._tcp.local.");
    assert_eq!(seen["host"], "hearth.local.");
    assert_eq!(seen["port"], 7430);
    assert_eq!(seen["addresses"], serde_json::json!([here.address]));
    assert_eq!(
        seen["txt"],
        serde_json::json!({ "v": "1", "id": told["id"], "name": "Hearth", "path": "/" })
    );
    assert_eq!(told["hostname"], "hearth.local");
    let (status, answer) = there.get(here.address, "hearth.local:7430", "/api/v1/box");
    assert_eq!((status, &answer["id"]), (200, &told["id"]), "{answer}");

    // A second box of the same name, on the same cable.
    let second = house_on(there);
    let found = there.browse(2);
    assert_eq!(found.len(), 2, "{found:?}");
    let mut hosts: Vec<&str> = found
        .iter()
        .map(|seen| seen["host"].as_str().unwrap())
        .collect();
    hosts.sort_unstable();
    assert_eq!(hosts, ["hearth-2.local.", "hearth.local."], "{found:?}");
    let told = about(&second).await;
    assert_eq!(told["hostname"], "hearth-2.local");
    let of_second = found
        .iter()
        .find(|seen| seen["txt"]["id"] == told["id"])
        .unwrap_or_else(|| panic!("the second box is not found: {found:?}"));
    assert_eq!(of_second["addresses"], serde_json::json!([there.address]));
    assert_eq!(about(&first).await["hostname"], "hearth.local");

    // Each answers to its own name and to no other.
    let call = |machine: &Machine, host: &str| {
        here.get(machine.address, &format!("{host}:7430"), "/api/v1/health")
    };
    assert_eq!(call(here, "hearth.local").0, 200);
    assert_eq!(call(there, "hearth-2.local").0, 200);
    let (status, problem) = call(here, "hearth-2.local");
    assert_eq!((status, &problem["slug"]), (421, &"host-refused".into()));
    assert_eq!(call(there, "hearth.evil.example").0, 421);
}
