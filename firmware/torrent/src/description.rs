//! A torrent's description as one peer gives it (BEP 9 and 10).
//!
//! Not through librqbit, which takes up to 32 MB from each of 128 peers and unfolds them into
//! hundreds of megabytes before anybody else can look. Here no more is taken than a .torrent
//! file may have, all peers of all magnets share one room for it, and nothing is parsed before
//! its hash is right.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use librqbit_core::Id20;
use librqbit_peer_protocol::{
    DoubleBufHelper, Handshake, MY_EXTENDED_UT_METADATA, Message,
    extended::{
        ExtendedMessage, PeerExtendedMessageIds,
        handshake::ExtendedHandshake,
        ut_metadata::{UtMetadata, UtMetadataData},
    },
};
use sha1w::{ISha1, Sha1};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy, sink},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::{metainfo::MAX_TORRENT_BYTES, route::Route};

const PART_BYTES: usize = 16 * 1024;
/// What `Metainfo::parse` takes, without what is written around it there.
const MAX_BYTES: usize = MAX_TORRENT_BYTES - 100;
/// A film's description is smaller, a season's too.
const SMALL_BYTES: usize = 1_000_000;
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// From the first part asked for to the last: who is slower keeps others waiting.
const GIVEN_WITHIN: Duration = Duration::from_secs(15);
/// Parts asked for ahead; some clients drop what is more.
const AHEAD: u32 = 16;
const MAX_EXTENDED_BYTES: usize = 64 * 1024;
/// The list of pieces that a peer has of a very large torrent.
const MAX_OTHER_BYTES: usize = 2 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("its description is {0} bytes long")]
    TooLong(u32),
    #[error("{0}")]
    Useless(&'static str),
    #[error("the connection failed")]
    Connection(#[from] io::Error),
}

/// The memory for descriptions under way, in parts. Long ones have a room of their own, so that
/// a few peers that claim to have one do not keep everybody else waiting.
#[derive(Debug)]
pub(crate) struct Rooms {
    small: Arc<Semaphore>,
    long: Arc<Semaphore>,
}

impl Default for Rooms {
    fn default() -> Self {
        Self {
            small: Arc::new(Semaphore::new(32 * SMALL_BYTES / PART_BYTES)),
            long: Arc::new(Semaphore::new(2 * MAX_TORRENT_BYTES / PART_BYTES)),
        }
    }
}

impl Rooms {
    async fn take(&self, bytes: usize) -> OwnedSemaphorePermit {
        let room = if bytes <= SMALL_BYTES {
            &self.small
        } else {
            &self.long
        };
        let parts = bytes.div_ceil(PART_BYTES) as u32;
        room.clone()
            .acquire_many_owned(parts)
            .await
            .expect("the rooms are never closed")
    }
}

/// The `info` part of a .torrent file, its hash proved.
#[derive(Debug)]
pub(crate) struct Description {
    pub info: Vec<u8>,
    /// Held until it is parsed.
    _room: OwnedSemaphorePermit,
}

pub(crate) async fn ask(
    route: &Route,
    rooms: &Rooms,
    peer: SocketAddr,
    id: Id20,
    own_id: Id20,
) -> Result<Description, Refusal> {
    let stream = in_time(CONNECTS_WITHIN, route.connect(peer)).await?;
    let mut talk = Talk { stream };
    talk.begin(id, own_id).await?;
    let (bytes, ids) = talk.offer().await?;
    let room = rooms.take(bytes).await;
    let info = in_time(GIVEN_WITHIN, async { Ok(talk.take(bytes, ids, id).await) }).await??;
    Ok(Description { info, _room: room })
}

async fn in_time<T>(
    limit: Duration,
    work: impl Future<Output = io::Result<T>>,
) -> Result<T, Refusal> {
    match timeout(limit, work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(Refusal::Useless("it is too slow")),
    }
}

struct Talk<S> {
    stream: S,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<S> {
    async fn begin(&mut self, id: Id20, own_id: Id20) -> Result<(), Refusal> {
        let mut bytes = [0; 68];
        let length = Handshake::new(id, own_id).serialize_unchecked_len(&mut bytes);
        debug_assert_eq!(length, bytes.len());
        in_time(ANSWERS_WITHIN, self.stream.write_all(&bytes)).await?;
        in_time(ANSWERS_WITHIN, self.stream.read_exact(&mut bytes)).await?;
        let Ok((theirs, _)) = Handshake::deserialize(&bytes) else {
            return Err(Refusal::Useless("it does not speak BitTorrent"));
        };
        if theirs.info_hash != id {
            return Err(Refusal::Useless("it has another torrent"));
        }
        if theirs.peer_id == own_id {
            return Err(Refusal::Useless("it is the box itself"));
        }
        if !theirs.supports_extended() {
            return Err(Refusal::Useless("it gives no descriptions"));
        }
        // Not before theirs came: aria2 hangs up on that.
        let own = ExtendedHandshake {
            v: Some(librqbit::client_name_and_version().as_bytes().into()),
            ..ExtendedHandshake::new()
        };
        self.send(
            ExtendedMessage::Handshake(own),
            PeerExtendedMessageIds::default(),
        )
        .await
    }

    /// How long the description is, and how to ask for it.
    async fn offer(&mut self) -> Result<(usize, PeerExtendedMessageIds), Refusal> {
        loop {
            let message = self.extended().await?;
            let ExtendedMessage::Handshake(theirs) = read(&message)? else {
                continue;
            };
            let ids = theirs.peer_extended_messages();
            let (Some(bytes), Some(_)) = (theirs.metadata_size, ids.ut_metadata) else {
                return Err(Refusal::Useless("it gives no descriptions"));
            };
            return match bytes as usize {
                0 => Err(Refusal::Useless("its description is empty")),
                length if length > MAX_BYTES => Err(Refusal::TooLong(bytes)),
                length => Ok((length, ids)),
            };
        }
    }

    async fn take(
        &mut self,
        bytes: usize,
        ids: PeerExtendedMessageIds,
        id: Id20,
    ) -> Result<Vec<u8>, Refusal> {
        let mut info = vec![0; bytes];
        let mut missing: Vec<bool> = vec![true; bytes.div_ceil(PART_BYTES)];
        let parts = missing.len() as u32;
        let mut left = parts;
        let mut asked = 0;
        while left > 0 {
            while asked < parts && asked < parts - left + AHEAD {
                let request = UtMetadata::Request(asked);
                self.send(ExtendedMessage::UtMetadata(request), ids).await?;
                asked += 1;
            }
            let message = self.extended().await?;
            match read(&message)? {
                ExtendedMessage::UtMetadata(UtMetadata::Data(part)) => {
                    place(&part, &mut info, &mut missing)?;
                    left -= 1;
                }
                ExtendedMessage::UtMetadata(UtMetadata::Reject(_)) => {
                    return Err(Refusal::Useless("it keeps its description"));
                }
                _ => {}
            }
        }
        let mut hash = Sha1::new();
        hash.update(&info);
        if hash.finish() == id.0 {
            Ok(info)
        } else {
            Err(Refusal::Useless("its description has the wrong hash"))
        }
    }

    async fn send(
        &mut self,
        message: ExtendedMessage<librqbit::ByteBuf<'_>>,
        ids: PeerExtendedMessageIds,
    ) -> Result<(), Refusal> {
        let mut bytes = [0; 512];
        let length = Message::Extended(message)
            .serialize(&mut bytes, &|| ids)
            .map_err(|_| Refusal::Useless("it cannot be asked"))?;
        in_time(ANSWERS_WITHIN, self.stream.write_all(&bytes[..length])).await
    }

    /// The next message of an extension we know; others are read over.
    async fn extended(&mut self) -> Result<Vec<u8>, Refusal> {
        const EXTENDED: u8 = 20;
        loop {
            let length = in_time(ANSWERS_WITHIN, self.stream.read_u32()).await? as usize;
            if length == 0 {
                continue;
            }
            let kind = in_time(ANSWERS_WITHIN, self.stream.read_u8()).await?;
            let rest = length - 1;
            if kind == EXTENDED && (1..=MAX_EXTENDED_BYTES).contains(&rest) {
                let mut message = vec![0; rest];
                in_time(ANSWERS_WITHIN, self.stream.read_exact(&mut message)).await?;
                if matches!(message[0], 0 | MY_EXTENDED_UT_METADATA) {
                    return Ok(message);
                }
            } else if rest > MAX_OTHER_BYTES {
                return Err(Refusal::Useless("it sends too much"));
            } else {
                let mut other = (&mut self.stream).take(rest as u64);
                let mut nowhere = sink();
                let skip = copy(&mut other, &mut nowhere);
                if in_time(ANSWERS_WITHIN, skip).await? != rest as u64 {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
                }
            }
        }
    }
}

fn read(message: &[u8]) -> Result<ExtendedMessage<librqbit::ByteBuf<'_>>, Refusal> {
    ExtendedMessage::deserialize(DoubleBufHelper::new(message, &[]))
        .map_err(|_| Refusal::Useless("it sends nonsense"))
}

fn place(
    part: &UtMetadataData<librqbit::ByteBuf<'_>>,
    info: &mut [u8],
    missing: &mut [bool],
) -> Result<(), Refusal> {
    let number = part.piece() as usize;
    let place = info
        .chunks_mut(PART_BYTES)
        .nth(number)
        .filter(|place| place.len() == part.len() && missing[number])
        .ok_or(Refusal::Useless("it sends what was not asked for"))?;
    part.copy_to_slice(place);
    missing[number] = false;
    Ok(())
}
