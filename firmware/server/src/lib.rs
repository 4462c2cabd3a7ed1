//! The edge of the box to the house's network: routes and their access rules, the WebSocket, the
//! OpenAPI document, HTTPS, mDNS and the browser app.

mod access;
mod authority;
mod certificate;
mod host;
mod language;
mod listen;
mod mdns;
mod openapi;
mod problem;
mod ranges;
mod request_id;
mod routes;
mod state;
mod unread;
mod web;
mod ws;

pub use host::Names;
pub use listen::{Doors, ListenError, Listening, listen};
pub use mdns::{Announced, announce};
pub use openapi::document;
