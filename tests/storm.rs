//! A bad network: a neighbour that floods it with mDNS, and a cable that goes in and out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;

use hearth_tests::{House, Network};
use reqwest::Method;

const PACKETS: &str = "6000";
const FLAPS: usize = 10;

fn memory_kib(house: &mut House) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", house.daemon().id())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn storm(network: &Network) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/mdns/storm.py");
    let kitchen = &network.kitchen;
    let sent: u32 = kitchen
        .run(&["/usr/bin/python3", script, PACKETS, kitchen.address])
        .trim()
        .parse()
        .unwrap();
    assert!(sent > 1000, "the storm came to nothing: {sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_32_storms_and_flaps_cost_no_memory_and_no_name() {
    let network = Network::lay();
    let (here, there) = (&network.living_room, &network.kitchen);
    let mut house = House::builder()
        .config("server.listen = \"0.0.0.0:7430\"\nserver.mdns = true")
        .inside(here.inside())
        .start();
    let id = house.local(Method::GET, "/api/v1/box", None).await["id"].clone();

    // The first storm fills what is filled once.
    storm(&network);
    let before = memory_kib(&mut house);
    for _ in 0..3 {
        storm(&network);
        for _ in 0..FLAPS {
            here.take_off_the_network();
            here.join_the_network();
        }
        let health = house.local(Method::GET, "/api/v1/health", None).await;
        assert_eq!(health["status"], "ok", "{health}");
    }
    let after = memory_kib(&mut house);
    println!("memory before {before} KiB, after {after} KiB");
    assert!(after * 100 <= before * 105, "from {before} to {after} KiB");

    // It is still found: under its name, or the next one where a neighbour claimed that.
    let found = there.browse_until(|found| found.iter().any(|seen| seen["txt"]["id"] == id));
    let seen = found.iter().find(|seen| seen["txt"]["id"] == id).unwrap();
    assert_eq!(
        seen["addresses"],
        serde_json::json!([here.address]),
        "{seen}"
    );
    let host = seen["host"].as_str().unwrap().trim_end_matches('.');
    let (status, answer) = there.get(here.address, &format!("{host}:7430"), "/api/v1/box");
    assert_eq!((status, &answer["id"]), (200, &id), "{answer}");
}
