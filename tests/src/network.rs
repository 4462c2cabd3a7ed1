//! A network of two machines in namespaces of their own: nothing of it touches this machine's.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::Program;

const PATIENCE: Duration = Duration::from_secs(180);

/// One machine: a process that holds its namespaces; they end with it.
#[derive(Debug)]
pub struct Machine {
    holder: Program,
    pub address: &'static str,
}

/// Two machines on one cable.
#[derive(Debug)]
pub struct Network {
    pub living_room: Machine,
    pub kitchen: Machine,
}

const HOLD: &str = "ip link set lo up && echo ready && exec sleep infinity";

impl Network {
    pub fn lay() -> Self {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--net", "sh", "-c", HOLD]);
        let living_room = Machine::start(&mut command, "10.77.0.1");
        let mut command = living_room.enter_user();
        command.args(["unshare", "--net", "sh", "-c", HOLD]);
        let kitchen = Machine::start(&mut command, "10.77.0.2");
        let peer = kitchen.holder.id().to_string();
        living_room.run(&[
            "ip", "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", &peer,
        ]);
        for machine in [&living_room, &kitchen] {
            machine.join_the_network();
        }
        Self {
            living_room,
            kitchen,
        }
    }
}

impl Machine {
    fn start(command: &mut Command, address: &'static str) -> Self {
        let mut holder = Program::start("a namespace", command);
        holder.wait_for("ready", PATIENCE);
        Self { holder, address }
    }

    fn enter_user(&self) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--target", &self.holder.id().to_string()])
            .args(["--user", "--preserve-credentials"]);
        command
    }

    /// What starts a program on this machine: the words before the program's own.
    pub fn inside(&self) -> Vec<String> {
        ["nsenter", "--target", &self.holder.id().to_string()]
            .into_iter()
            .chain(["--user", "--net", "--preserve-credentials", "--"])
            .map(str::to_owned)
            .collect()
    }

    /// The cable goes in, and the router hands out this machine's address.
    pub fn join_the_network(&self) {
        self.join_as(self.address);
    }

    pub fn join_as(&self, address: &str) {
        self.run(&["ip", "link", "set", "cable", "up"]);
        let address = format!("{address}/24");
        self.run(&["ip", "address", "add", &address, "dev", "cable"]);
    }

    pub fn take_off_the_network(&self) {
        self.run(&["ip", "address", "flush", "dev", "cable"]);
        self.run(&["ip", "link", "set", "cable", "down"]);
    }

    /// Nothing that is said here reaches the others, though the cable is plugged in.
    pub fn lose_what_is_said(&self) {
        let never = ["tbf", "rate", "1kbit", "burst", "1", "latency", "1ms"];
        let add = ["tc", "qdisc", "add", "dev", "cable", "root"];
        self.run(&[&add[..], &never].concat());
    }

    pub fn be_heard_again(&self) {
        self.run(&["tc", "qdisc", "delete", "dev", "cable", "root"]);
    }

    pub fn run(&self, words: &[&str]) -> String {
        let inside = self.inside();
        let done = Command::new(&inside[0])
            .args(&inside[1..])
            .args(words)
            .stdin(Stdio::null())
            .output()
            .expect("nsenter starts");
        assert!(
            done.status.success(),
            "{words:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    fn client(&self, words: &[&str]) -> Value {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers/mdns/client.py");
        // Debian's own python has Debian's zeroconf.
        let mut all = vec!["/usr/bin/python3", script.to_str().unwrap()];
        all.extend(words);
        let said = self.run(&all);
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// The boxes that a phone finds from here, once they are as they should be.
    pub fn browse_until(&self, are_right: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let until = Instant::now() + PATIENCE;
        loop {
            let found = self.browse(1);
            if are_right(&found) {
                return found;
            }
            assert!(Instant::now() < until, "still {found:?}");
        }
    }

    /// The boxes that a phone finds from here, once there are `count`.
    pub fn browse(&self, count: usize) -> Vec<Value> {
        let found = self.client(&["browse", &count.to_string(), "30", self.address]);
        found.as_array().expect("a list of boxes").clone()
    }

    /// The status and the answer of a call from here, under a name.
    pub fn get(&self, address: &str, host: &str, path: &str) -> (u64, Value) {
        let answer = self.client(&["get", address, "7430", host, path]);
        (answer["status"].as_u64().unwrap(), answer["body"].clone())
    }
}
