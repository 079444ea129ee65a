//! The live view of `logger top`.
//!
//! | file | what it is for |
//! |---|---|
//! | `state` | what is held, which of it is wanted, what is selected |
//! | `prompt` | the line in which a filter is typed |
//! | `keys` | what keys do |
//! | `histogram` | how many records there were over time, by level |
//! | `view` | all of it on a screen of any size |
//! | `feed` | where records come from |
//! | `screen` | the terminal, which is given back whatever happens |

mod feed;
mod histogram;
mod keys;
mod prompt;
mod screen;
mod state;
mod view;

pub use self::{
    feed::Feed,
    histogram::{Histogram, LEVELS},
    keys::Ask,
    prompt::{Kind, Prompt},
    screen::{Screen, run},
    state::{Settings, Top},
    view::{Paint, draw},
};
