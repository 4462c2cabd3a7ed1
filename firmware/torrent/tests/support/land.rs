//! A box with two ways out, in network namespaces of their own: `vpn0` to a far side, where the
//! peers and trackers are, and `lan0`, the way everything takes that is not told otherwise, to a
//! home that has them as well. What went out by `lan0` is counted.
//!
//! Needs root, as these tests have it in a container.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    os::fd::AsFd,
    process::{Child, Command, Stdio},
};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// Where the peers and trackers are, on both sides; public, as far as the box can tell.
pub const FAR: &str = "203.0.113.9";
/// The far side's own end of the VPN.
pub const VPN_END: &str = "10.1.0.2";

/// A network namespace, held by a process.
pub struct Side(Child);

pub struct Land {
    pub box_: Side,
    pub far: Side,
    pub home: Side,
}

impl Land {
    pub fn lay() -> Self {
        let land = Self {
            box_: Side::start(),
            far: Side::start(),
            home: Side::start(),
        };
        // As a VPN's own set-up has it: the kernel's answers to what came by it go back by it. Those
        // to connections that are closed by now know no interface any more.
        land.box_.ip("rule add from 10.1.0.1 lookup 100");
        land.box_
            .ip("route add unreachable default metric 9999 table 100");
        land.lay_vpn();
        land.box_.cable("lan0", &land.home, "lan1");
        land.box_.ip("address add 10.2.0.1/24 dev lan0");
        land.home.ip("address add 10.2.0.2/24 dev lan1");
        land.home.ip(&format!("address add {FAR}/32 dev lan1"));
        land.box_.ip("route add default via 10.2.0.2");
        land
    }

    /// The interface, new.
    pub fn lay_vpn(&self) {
        self.box_.cable("vpn0", &self.far, "vpn1");
        self.box_.ip("address add 10.1.0.1/24 dev vpn0");
        self.far.ip(&format!("address add {VPN_END}/24 dev vpn1"));
        self.far.ip(&format!("address add {FAR}/32 dev vpn1"));
        let by_vpn = format!("route add default via {VPN_END} dev vpn0");
        // Only for who is bound to it, or has its address.
        self.box_.ip(&format!("{by_vpn} metric 999"));
        self.box_.ip(&format!("{by_vpn} table 100"));
    }

    pub fn cut_vpn(&self) {
        self.box_.ip("link delete vpn0");
    }

    /// Packets the box has sent by the other way.
    pub fn leaked(&self) -> u64 {
        self.counted("lan0", "TX:", 1)
    }

    /// Bytes the box has got by the VPN.
    pub fn received(&self) -> u64 {
        self.counted("vpn0", "RX:", 0)
    }

    /// `… RX: bytes packets errors … 744 8 …`, in the order of the words.
    fn counted(&self, link: &str, way: &str, which: usize) -> u64 {
        let said = self.box_.ip(&format!("-s -o link show {link}"));
        let (_, counts) = said.split_once(way).unwrap();
        let mut numbers = counts
            .split_whitespace()
            .filter_map(|word| word.parse().ok());
        numbers.nth(which).unwrap()
    }
}

impl Side {
    fn start() -> Self {
        // Answers may come by another way than the box's usual one to their sender.
        let hold = "ip link set lo up
            echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
            echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter
            echo 0 > /proc/sys/net/ipv4/conf/default/rp_filter
            echo ready
            exec sleep infinity";
        let mut child = Command::new("unshare")
            .args(["--net", "sh", "-ec", hold])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare is here");
        let said = child.stdout.take().unwrap();
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready", "run these tests as root");
        Self(child)
    }

    /// What starts a program on this side.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--target", &self.0.id().to_string(), "--net", "--"])
            .arg(program);
        command
    }

    fn cable(&self, own: &str, other: &Side, others: &str) {
        let other_id = other.0.id();
        self.ip(&format!(
            "link add {own} type veth peer name {others} netns {other_id}"
        ));
        self.ip(&format!("link set {own} up"));
        other.ip(&format!("link set {others} up"));
    }

    pub fn ip(&self, words: &str) -> String {
        let done = self
            .command("ip")
            .args(words.split(' '))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "ip {words}: {said}");
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    /// Does it in a thread that lives here, as do all threads it starts.
    pub fn enter<T: Send + 'static>(&self, act: impl FnOnce() -> T + Send + 'static) -> T {
        let name = format!("/proc/{}/ns/net", self.0.id());
        let thread = std::thread::spawn(move || {
            let network = File::open(name).unwrap();
            move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            act()
        });
        match thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The first words of what somebody says who connects, and nothing after.
pub fn first_words(stream: &mut impl Read) -> String {
    let mut words = vec![0; 2000];
    let length = stream.read(&mut words).unwrap_or(0);
    String::from_utf8_lossy(&words[..length]).into_owned()
}
