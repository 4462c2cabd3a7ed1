//! Lists that change in place: what stays keeps its element, so that focus and motion survive.

use std::rc::Rc;

use slint::{Model, ModelRc, VecModel};

/// Makes `model` hold `wanted` by as few changes as it takes.
pub fn sync<T: Clone + PartialEq + 'static>(
    model: &VecModel<T>,
    wanted: Vec<T>,
    same: impl Fn(&T, &T) -> bool,
) {
    let mut at = 0;
    while at < model.row_count() {
        let stays = model
            .row_data(at)
            .is_some_and(|old| wanted.iter().any(|new| same(&old, new)));
        if stays {
            at += 1;
        } else {
            model.remove(at);
        }
    }
    for (at, new) in wanted.iter().enumerate() {
        match model.row_data(at) {
            Some(old) if same(&old, new) => {
                if old != *new {
                    model.set_row_data(at, new.clone());
                }
            }
            _ => model.insert(at, new.clone()),
        }
    }
    // What moved was inserted anew before its old place.
    while model.row_count() > wanted.len() {
        model.remove(model.row_count() - 1);
    }
}

/// A list that lives as long as the window, and the handle Slint holds of it.
pub struct List<T>(Rc<VecModel<T>>);

impl<T: Clone + PartialEq + 'static> Default for List<T> {
    fn default() -> Self {
        Self(Rc::new(VecModel::default()))
    }
}

impl<T: Clone + PartialEq + 'static> List<T> {
    pub fn handle(&self) -> ModelRc<T> {
        self.0.clone().into()
    }

    pub fn sync(&self, wanted: Vec<T>, same: impl Fn(&T, &T) -> bool) {
        sync(&self.0, wanted, same);
    }

    /// The same by place: for short lists whose things have no identity.
    pub fn set(&self, wanted: Vec<T>) {
        for (at, new) in wanted.iter().enumerate() {
            match self.0.row_data(at) {
                Some(old) if old == *new => {}
                Some(_) => self.0.set_row_data(at, new.clone()),
                None => self.0.push(new.clone()),
            }
        }
        while self.0.row_count() > wanted.len() {
            self.0.remove(self.0.row_count() - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(model: &VecModel<(u32, char)>) -> Vec<(u32, char)> {
        model.iter().collect()
    }

    #[test]
    fn any_list_becomes_any_other() {
        let model = VecModel::default();
        let lists: [&[(u32, char)]; 7] = [
            &[(1, 'a'), (2, 'b'), (3, 'c')],
            &[(2, 'b'), (3, 'c'), (4, 'd')],
            &[(2, 'x'), (3, 'c'), (4, 'd')],
            &[(4, 'd'), (3, 'c'), (9, 'z'), (2, 'x')],
            &[],
            &[(7, 'q')],
            &[(1, 'a'), (7, 'q'), (2, 'b')],
        ];
        for list in lists {
            sync(&model, list.to_vec(), |a, b| a.0 == b.0);
            assert_eq!(held(&model), list);
        }
    }
}
