//! A SOCKS5 proxy (RFC 1928) without sign-in, which knows one name.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddrV4, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use super::land::Side;

pub struct Socks {
    pub names: Arc<Mutex<Vec<String>>>,
    open: Arc<Mutex<Vec<TcpStream>>>,
    at: SocketAddrV4,
}

impl Socks {
    /// Every name leads to `place`.
    pub fn start(side: &Side, at: SocketAddrV4, place: Ipv4Addr) -> Self {
        let (names, open) = (
            Arc::<Mutex<Vec<String>>>::default(),
            Arc::<Mutex<Vec<TcpStream>>>::default(),
        );
        let (said, held) = (names.clone(), open.clone());
        side.enter(move || {
            let listener = TcpListener::bind(at).unwrap();
            thread::spawn(move || {
                for stream in listener.incoming() {
                    let stream = stream.unwrap();
                    let mut held = held.lock().unwrap();
                    // Told to end.
                    if stream.peer_addr().unwrap().ip() == *at.ip() {
                        return;
                    }
                    held.push(stream.try_clone().unwrap());
                    let said = said.clone();
                    // Whoever hangs up has what it wanted.
                    thread::spawn(move || serve(stream, place, &said));
                }
            });
        });
        Self { names, open, at }
    }

    /// Gone, with everything that went through it.
    pub fn end(&self, side: &Side) {
        let at = self.at;
        side.enter(move || TcpStream::connect(at).unwrap());
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn serve(mut stream: TcpStream, place: Ipv4Addr, names: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut head = [0; 2];
    stream.read_exact(&mut head)?;
    stream.read_exact(&mut vec![0; usize::from(head[1])])?;
    stream.write_all(&[5, 0])?;
    let mut request = [0; 4];
    stream.read_exact(&mut request)?;
    let ip = if request[3] == 3 {
        let mut length = [0; 1];
        stream.read_exact(&mut length)?;
        let mut name = vec![0; usize::from(length[0])];
        stream.read_exact(&mut name)?;
        let name = String::from_utf8_lossy(&name).into_owned();
        names.lock().unwrap().push(name);
        place
    } else {
        let mut ip = [0; 4];
        stream.read_exact(&mut ip)?;
        ip.into()
    };
    let mut port = [0; 2];
    stream.read_exact(&mut port)?;
    let to = SocketAddrV4::new(ip, u16::from_be_bytes(port));
    let Ok(other) = TcpStream::connect(to) else {
        return stream.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]);
    };
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    let (mut from, mut back) = (stream.try_clone()?, other.try_clone()?);
    let forth = thread::spawn(move || {
        let _ = io::copy(&mut from, &mut back);
        let _ = back.shutdown(Shutdown::Both);
    });
    let (mut from, mut back) = (other, stream);
    let _ = io::copy(&mut from, &mut back);
    let _ = back.shutdown(Shutdown::Both);
    let _ = forth.join();
    Ok(())
}
