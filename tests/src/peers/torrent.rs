//! A torrent, as its maker writes it.

use std::path::Path;

const PIECE: usize = 64 * 1024;

#[derive(Debug, Clone)]
pub struct Torrent {
    /// The .torrent file.
    pub bytes: Vec<u8>,
    /// 40 hexadecimal digits.
    pub infohash: String,
    pub name: String,
    pub size_bytes: u64,
}

impl Torrent {
    /// Of the file at `path`, under its own name.
    pub fn of(path: &Path) -> Self {
        let content = std::fs::read(path)
            .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()));
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let pieces: Vec<u8> = content.chunks(PIECE).flat_map(sha1).collect();
        // Keys in their alphabetical order, as bencode wants them.
        let mut info = format!(
            "d6:lengthi{}e4:name{}:{name}12:piece lengthi{PIECE}e6:pieces{}:",
            content.len(),
            name.len(),
            pieces.len()
        )
        .into_bytes();
        info.extend(&pieces);
        info.push(b'e');
        Self::described(&info, name, content.len() as u64)
    }

    /// Of several files below a folder, with nothing but noughts in them.
    pub fn pack(name: &str, files: &[&str]) -> Self {
        let content = vec![0; PIECE * files.len()];
        let pieces: Vec<u8> = content.chunks(PIECE).flat_map(sha1).collect();
        let name_of = |name: &str| format!("{}:{name}", name.len());
        let file = |path: &&str| {
            let names: Vec<String> = path.split('/').map(name_of).collect();
            format!("d6:lengthi{PIECE}e4:pathl{}ee", names.concat())
        };
        let listed = files.iter().map(file).collect::<Vec<_>>().concat();
        let mut info = format!(
            "d5:filesl{listed}e4:name{}:{name}12:piece lengthi{PIECE}e6:pieces{}:",
            name.len(),
            pieces.len()
        )
        .into_bytes();
        info.extend(&pieces);
        info.push(b'e');
        Self::described(&info, name.to_owned(), content.len() as u64)
    }

    fn described(info: &[u8], name: String, size_bytes: u64) -> Self {
        let infohash = sha1(info)
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        Self {
            bytes: [b"d4:info", info, b"e"].concat(),
            infohash,
            name,
            size_bytes,
        }
    }

    /// The .torrent file with a tracker in it.
    pub fn tracked(&self, tracker: &str) -> Vec<u8> {
        let announce = format!("d8:announce{}:{tracker}", tracker.len());
        [announce.as_bytes(), &self.bytes[1..]].concat()
    }

    /// A magnet that names one peer, or none.
    pub fn magnet(&self, peer: Option<std::net::SocketAddr>) -> String {
        let peer = peer.map(|peer| format!("&x.pe={peer}")).unwrap_or_default();
        format!("magnet:?xt=urn:btih:{}{peer}", self.infohash)
    }
}

fn sha1(bytes: &[u8]) -> [u8; 20] {
    use sha1w::ISha1;
    let mut hash = sha1w::Sha1::new();
    hash.update(bytes);
    hash.finish()
}
