//! The chart that travels with a message: drawn when it is sent, from what is stored, as it was when it was written.

use super::store::Due;
use crate::charts::{Size, Theme};
use crate::error::{Error, Result};

/// A picture and what it shows in words, for those who do not see it.
pub(super) struct Picture {
    pub(super) png: Vec<u8>,
    pub(super) title: String,
    pub(super) description: String,
}

impl crate::Ops {
    /// A message is never held back for its picture: without one it says the same.
    pub(super) async fn picture(&self, due: &Due) -> Option<Picture> {
        match self.draw_picture(due).await {
            Ok(picture) => Some(picture),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, delivery.id = due.id, "a message leaves without its chart");
                None
            }
        }
    }

    async fn draw_picture(&self, due: &Due) -> Result<Picture> {
        let at = due.message.at;
        let chart = match &due.incident_id {
            Some(id) => self.incident_chart(&self.incident(id).await?.incident, at).await?,
            None => self.test_chart(at).await?,
        };
        // Some hundred milliseconds of drawing must not hold up requests.
        let drawing = tokio::task::spawn_blocking(move || {
            let png = chart.png(Size::WIDE, Theme::Light)?;
            Ok(Picture { png, description: chart.description(), title: chart.title })
        });
        drawing.await.map_err(|error| Error::internal("drawing a chart", error))?
    }
}
