//! How pictures look from afar, in every answer that names some: what is shown in the moment
//! before they are there.

use std::sync::Arc;

use hearth_model::{
    CalendarPage, Details, Episode, EpisodesPage, GivenPage, GivenView, HomeItem, HomeRow, Look,
    PersonDetail, SearchPage, Title, TitleDetail,
};

use crate::App;

/// An answer with pictures in it.
pub(crate) trait Pictured {
    /// Shows each picture's address, and where its look belongs.
    fn each_picture(&mut self, see: &mut dyn FnMut(&str, &mut Option<Look>));
}

impl Pictured for Title {
    fn each_picture(&mut self, see: &mut dyn FnMut(&str, &mut Option<Look>)) {
        if let Some(poster) = &self.poster {
            see(poster, &mut self.poster_look);
        }
        if let Some(backdrop) = &self.facts.backdrop {
            see(backdrop, &mut self.facts.backdrop_look);
        }
    }
}

impl Pictured for Episode {
    fn each_picture(&mut self, see: &mut dyn FnMut(&str, &mut Option<Look>)) {
        if let Some(still) = &self.facts.still {
            see(still, &mut self.facts.still_look);
        }
    }
}

impl<T: Pictured> Pictured for Vec<T> {
    fn each_picture(&mut self, see: &mut dyn FnMut(&str, &mut Option<Look>)) {
        for one in self {
            one.each_picture(see);
        }
    }
}

impl<T: Pictured> Pictured for Option<T> {
    fn each_picture(&mut self, see: &mut dyn FnMut(&str, &mut Option<Look>)) {
        if let Some(one) = self {
            one.each_picture(see);
        }
    }
}

impl Pictured for GivenView {
    fn each_picture(&mut self, see: &mut dyn FnMut(&str, &mut Option<Look>)) {
        self.titles.each_picture(see);
    }
}

impl Pictured for GivenPage {
    fn each_picture(&mut self, see: &mut dyn FnMut(&str, &mut Option<Look>)) {
        self.items.each_picture(see);
    }
}

impl Pictured for SearchPage {
    fn each_picture(&mut self, see: &mut dyn FnMut(&str, &mut Option<Look>)) {
        self.items.each_picture(see);
    }
}

impl Pictured for CalendarPage {
    fn each_picture(&mut self, see: &mut dyn FnMut(&str, &mut Option<Look>)) {
        for episode in &mut self.items {
            episode.title.each_picture(see);
        }
    }
}

impl Pictured for EpisodesPage {
    fn each_picture(&mut self, see: &mut dyn FnMut(&str, &mut Option<Look>)) {
        for episode in &mut self.items {
            episode.episode.each_picture(see);
        }
    }
}

impl Pictured for Details {
    fn each_picture(&mut self, see: &mut dyn FnMut(&str, &mut Option<Look>)) {
        self.recommended.each_picture(see);
    }
}

impl Pictured for TitleDetail {
    fn each_picture(&mut self, see: &mut dyn FnMut(&str, &mut Option<Look>)) {
        self.title.each_picture(see);
        for episode in &mut self.episodes {
            episode.episode.each_picture(see);
        }
        self.details.each_picture(see);
    }
}

impl Pictured for PersonDetail {
    fn each_picture(&mut self, see: &mut dyn FnMut(&str, &mut Option<Look>)) {
        self.titles.each_picture(see);
    }
}

impl Pictured for HomeItem {
    fn each_picture(&mut self, see: &mut dyn FnMut(&str, &mut Option<Look>)) {
        self.title.each_picture(see);
        self.episode.each_picture(see);
    }
}

impl Pictured for HomeRow {
    fn each_picture(&mut self, see: &mut dyn FnMut(&str, &mut Option<Look>)) {
        self.items.each_picture(see);
    }
}

impl App {
    /// The same answer, with the looks of the pictures that the box has.
    pub(crate) async fn with_looks<T: Pictured + Send + 'static>(
        self: &Arc<Self>,
        mut answer: T,
    ) -> Result<T, crate::Error> {
        self.blocking(move |app| {
            answer.each_picture(&mut |address, look| {
                *look = app.look(address);
            });
            Ok(answer)
        })
        .await
    }
}
