//! How a language model takes part in an answer: what it is asked, what it may write, what of its reply counts.
//!
//! The planner's draft is the answer; a model may only word it, and move a routine's tasks within the day. Whatever else a
//! reply says, figures, foods, tasks, notes and advice stay the draft's. Pure: calling the model is left to others, and so
//! are the agents' own validators, which judge a merged answer like a planner's.
//!
//! Rules of the violations: `json` (not a JSON object), `shape` (a field is missing, unknown or of another type), `items` (a
//! list has more, fewer or other items), `too-long`, `text` (empty, link, markup or control characters), `wording` (what only a
//! professional may say), `invented-number`, `invented-food`, `invented-load` (an effort or movement that the
//! task's draft does not name).

mod facts;
mod food;
mod merge;
mod number;
mod parts;
mod prompt;
mod schema;
mod text;
mod tone;

pub use merge::merge;
pub use parts::writes_for;
pub use prompt::{Instructions, Message, Prompt, Role, instructions, prompt, repair};
