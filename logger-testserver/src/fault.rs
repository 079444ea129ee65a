use std::time::Duration;

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Nothing: this request is answered as it should be.
    Nothing,
    /// This status, with a body that is none of the service's; the request has no effect.
    Status(u16),
    /// The service asks for a wait of so many seconds, in its own form, and keeps count of who does not wait.
    Wait(f64),
    /// The answer comes late. The request has its effect all the same.
    Stall(Duration),
    /// The connection is reset when the request was read.
    Reset,
    /// The connection is reset in the middle of the answer's body.
    ResetInBody,
    /// The answer comes a byte each 100 ms.
    Drip,
    /// Something that is no HTTP.
    Garbage,
    /// A body of so many bytes.
    Huge(usize),
    /// Away with it, to another address.
    Redirect(String),
    /// No answer at all, for so long.
    BlackHole(Duration),
}
