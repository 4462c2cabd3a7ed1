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

async fn about(house: &House) -> Value {
    house.local(Method::GET, "/api/v1/box", None).await
}

/// The names of boxes that were found, in order.
fn hosts(found: &[Value]) -> Vec<&str> {
    let mut hosts: Vec<&str> = found
        .iter()
        .map(|seen| seen["host"].as_str().expect("a name"))
        .collect();
    hosts.sort_unstable();
    hosts
}

#[tokio::test(flavor = "multi_thread")]
async fn the_box_is_found_and_a_second_one_gets_a_name_of_its_own() {
    let network = Network::lay();
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
    assert_eq!(
        hosts(&found),
        ["hearth-2.local.", "hearth.local."],
        "{found:?}"
    );
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

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_two_boxes_took_unheard_of_each_other_is_settled() {
    let network = Network::lay();
    let machines = [&network.living_room, &network.kitchen];
    for machine in machines {
        machine.lose_what_is_said();
    }
    let houses = machines.map(house_on);
    for machine in machines {
        let alone = machine.browse(1);
        assert_eq!(alone[0]["host"], "hearth.local.", "{alone:?}");
    }
    for machine in machines {
        machine.be_heard_again();
    }
    let found =
        machines[0].browse_until(|found| hosts(found) == ["hearth-2.local.", "hearth.local."]);
    // Each says of itself what the network says of it.
    for (house, machine) in houses.iter().zip(machines) {
        let own = about(house).await["hostname"].as_str().unwrap().to_owned();
        let seen = found
            .iter()
            .find(|seen| seen["addresses"] == serde_json::json!([machine.address]))
            .unwrap_or_else(|| panic!("{} is not in {found:?}", machine.address));
        assert_eq!(seen["host"], format!("{own}."), "{found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_comes_later_is_served() {
    let network = Network::lay();
    let (here, there) = (&network.living_room, &network.kitchen);
    here.take_off_the_network();
    let house = House::builder()
        .config("server.listen = \"0.0.0.0:7430\"\nserver.mdns = true")
        .inside(here.inside())
        .start();
    here.join_the_network();
    let found = there.browse(1);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["addresses"], serde_json::json!([here.address]));
    assert_eq!(found[0]["txt"]["id"], about(&house).await["id"]);

    // A new lease: the old address is told no more, and the QR code carries the new one.
    here.take_off_the_network();
    here.join_as("10.77.0.9");
    let found = there.browse_until(|found| {
        found.len() == 1 && found[0]["addresses"] == serde_json::json!(["10.77.0.9"])
    });
    assert_eq!(found[0]["host"], "hearth.local.", "{found:?}");
    let pin = house.local(Method::POST, "/api/v1/pairing/pin", None).await;
    let url = pin["url"].as_str().unwrap();
    assert!(url.starts_with("http://10.77.0.9:7430/"), "{url}");
}

/// With a new lease a box that had given way was announced by its first name, and refused it.
#[tokio::test(flavor = "multi_thread")]
async fn a_box_answers_to_the_name_that_it_has_after_a_new_lease() {
    let network = Network::lay();
    let (here, there) = (&network.living_room, &network.kitchen);
    let mut first = house_on(here);
    there.browse(1);
    let second = House::builder()
        .config("server.listen = \"0.0.0.0:7430\"\nserver.mdns = true")
        .inside(there.inside())
        .start();
    there.browse(2);
    assert_eq!(about(&second).await["hostname"], "hearth-2.local");
    first.stop();
    there.take_off_the_network();
    there.join_as("10.77.0.9");
    let found = here.browse_until(|found| {
        found.len() == 1 && found[0]["addresses"] == serde_json::json!(["10.77.0.9"])
    });
    let host = found[0]["host"].as_str().expect("a name");
    let host = host.trim_end_matches('.');
    let (status, answer) = here.get("10.77.0.9", &format!("{host}:7430"), "/api/v1/box");
    assert_eq!(status, 200, "{host}: {answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shown_address_is_the_one_phones_share() {
    let network = Network::lay();
    let here = &network.living_room;
    // A container bridge, whose address is the lowest, and a way out by the cable.
    here.run(&["ip", "link", "add", "docker0", "type", "bridge"]);
    here.run(&["ip", "address", "add", "10.1.0.1/16", "dev", "docker0"]);
    here.run(&["ip", "link", "set", "docker0", "up"]);
    here.run(&[
        "ip",
        "route",
        "add",
        "default",
        "via",
        network.kitchen.address,
    ]);
    let house = House::builder()
        .config("server.listen = \"0.0.0.0:7430\"")
        .inside(here.inside())
        .start();
    let pin = house.local(Method::POST, "/api/v1/pairing/pin", None).await;
    let url = pin["url"].as_str().unwrap();
    assert!(
        url.starts_with(&format!("http://{}:7430/", here.address)),
        "{url}"
    );
}
